import type { Role } from "../people/api";

type Pair = readonly [english: string, korean: string];

const role: Record<Role, Pair> = {
  viewer: ["Viewer", "시청자"],
  operator: ["Operator", "운영자"],
  administrator: ["Administrator", "관리자"],
};

const auditAction: Record<string, Pair> = {
  log_in: ["Logged in", "로그인"],
  log_out: ["Logged out", "로그아웃"],
  log_in_failed: ["Login failed", "로그인 실패"],
  locked_out: ["Locked out", "로그인 잠김"],
  set_up: ["Set up gstnvr", "처음 설정"],
  add_user: ["User added", "사용자 추가"],
  change_user: ["User changed", "사용자 변경"],
  remove_user: ["User removed", "사용자 삭제"],
  change_password: ["Password changed", "비밀번호 변경"],
  add_one_time_codes: ["Authenticator app set up", "인증 앱 등록"],
  remove_one_time_codes: ["Authenticator app removed", "인증 앱 해제"],
  make_recovery_codes: ["Recovery codes made", "복구 코드 발급"],
  use_recovery_code: ["Recovery code used", "복구 코드 사용"],
  end_session: ["Browser logged out", "로그인 세션 종료"],
  add_token: ["Token made", "토큰 발급"],
  remove_token: ["Token removed", "토큰 폐기"],
  settings: ["Settings changed", "설정 변경"],
  share_layout: ["Layout shared", "레이아웃 공유"],
  change_shared_layout: ["Shared layout changed", "공유 레이아웃 변경"],
  remove_shared_layout: ["Shared layout removed", "공유 레이아웃 삭제"],
  protect: ["Recording protected", "녹화 보호"],
  release: ["Protection ended", "보호 해제"],
  export: ["Recording exported", "녹화 내보내기"],
  timelapse: ["Time-lapse made", "타임랩스 생성"],
  delete: ["Deletion ordered", "삭제 지시"],
  deleted: ["Recording deleted", "녹화 삭제됨"],
};

/** Words of the API on the pages of administration. */
export const adminLabels = { role, auditAction };
