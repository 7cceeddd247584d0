import { ApiError } from "../api/client";
import type { Language } from "./languages";

/**
 * What the API's codes of errors say in Korean; its messages are English, and have the details. A test of the
 * repository looks for a code of the API that is missing here.
 */
const korean: Record<string, string> = {
  bad_cursor: "목록의 위치가 올바르지 않습니다",
  bad_host: "요청에 호스트 이름이 올바르게 들어 있지 않습니다",
  bad_length: "요청의 길이가 올바르게 표시되어 있지 않습니다",
  bad_parameter: "입력한 값이 올바르지 않습니다",
  bad_request: "요청을 이해할 수 없습니다",
  bad_settings: "설정이 올바르지 않아 변경하지 않았습니다",
  camera_not_found: "카메라를 찾을 수 없습니다",
  changed_meanwhile: "그사이 다른 곳에서 변경되었습니다. 다시 불러온 뒤 시도하십시오",
  code_needed: "일회용 코드가 필요합니다",
  database_unavailable: "데이터베이스가 응답하지 않습니다. 녹화는 계속됩니다",
  deletion_not_found: "삭제 작업을 찾을 수 없습니다",
  disk_not_responding: "디스크가 응답하지 않습니다",
  export_not_found: "내보내기를 찾을 수 없습니다",
  file_not_found: "파일을 찾을 수 없습니다",
  file_unreadable: "파일을 읽을 수 없습니다",
  host_not_allowed: "이 주소로는 접속할 수 없습니다",
  internal: "gstnvr 내부에서 오류가 발생했습니다. 자세한 내용은 로그에 있습니다",
  last_administrator: "마지막 관리자입니다. 먼저 다른 관리자를 추가하십시오",
  locked_out: "시도가 너무 많았습니다. 잠시 후 다시 시도하십시오",
  login_needed: "비밀번호로 로그인해야 합니다",
  logs_unreadable: "로그 파일을 읽을 수 없습니다",
  method_not_allowed: "이 주소에서는 할 수 없는 요청입니다",
  name_taken: "이미 사용 중인 이름입니다",
  no_answer: "gstnvr가 올바르게 응답하지 않습니다",
  no_picture: "지금은 영상이 없습니다",
  no_rights_declared: "이 요청에는 권한이 정해져 있지 않습니다. 알려 주시기 바랍니다",
  not_allowed: "권한이 없습니다",
  not_deleted: "삭제할 수 없습니다",
  not_encrypted: "암호화되지 않은 연결에서는 사용할 수 없습니다",
  not_found: "찾을 수 없습니다",
  not_known_yet: "아직 알 수 없습니다. 잠시 후 다시 시도하십시오",
  not_playable: "이 브라우저에서는 재생할 수 없습니다",
  not_signed_in: "로그인이 필요합니다",
  not_written: "파일에 기록할 수 없습니다",
  order_not_kept: "적용되었으나 저장하지 못했습니다. 다시 시작하면 사라집니다",
  origin_not_allowed: "다른 사이트에서 보낸 요청은 받지 않습니다",
  protection_not_found: "보호 구간을 찾을 수 없습니다",
  range_not_satisfiable: "파일에 요청한 범위가 없습니다",
  released_before: "이미 해제된 보호 구간입니다",
  secret_key: "비밀 키 파일을 사용할 수 없습니다",
  segment_empty: "방금 시작된 파일이라 아직 재생할 것이 없습니다",
  segment_gone: "파일이 더 이상 없습니다",
  segment_not_found: "녹화 파일을 찾을 수 없습니다",
  segment_remote: "다른 저장소에서 파일을 가져오는 중입니다. 잠시 후 다시 시도하십시오",
  session_not_found: "이미 끝난 연결입니다",
  setup_needed: "아직 관리자가 없습니다. gstnvr가 출력한 링크를 여십시오",
  setup_refused: "링크가 더 이상 유효하지 않습니다",
  stream_not_found: "카메라에 이 스트림이 없습니다",
  token_not_found: "토큰을 찾을 수 없습니다",
  too_large: "요청이 너무 큽니다",
  too_many_jobs: "대기 중인 작업이 너무 많습니다",
  too_many_logins: "동시에 로그인하는 사용자가 너무 많습니다. 잠시 후 다시 시도하십시오",
  too_many_viewers: "동시에 보는 사용자가 너무 많습니다",
  unhealthy: "gstnvr의 일부가 응답하지 않습니다",
  upgrade_required: "이 주소는 WebSocket으로만 사용할 수 있습니다",
  user_not_found: "사용자를 찾을 수 없습니다",
  volume_not_responding: "저장 볼륨이 응답하지 않습니다",
  weak_password: "사용할 수 없는 비밀번호입니다",
  webrtc_missing: "여기서는 WebRTC를 사용할 수 없습니다",
  wrong_code: "코드가 올바르지 않습니다",
  wrong_credentials: "사용자, 비밀번호 또는 코드가 올바르지 않습니다",
  wrong_password: "비밀번호가 올바르지 않습니다",
};

/** What went wrong; in Korean followed by the message of the API, which has the details. */
export function errorText(language: Language, error: Error): string {
  const text = language === "ko" && error instanceof ApiError ? korean[error.code] : undefined;
  return text === undefined ? error.message : `${text} (${error.message})`;
}
