/** Words of the API in both languages. The compiler sees to it that none is missing. */
import type * as Api from "../api/types";
import { adminLabels } from "./adminLabels";
import { checkName, checkState, remedy } from "./checks";

type Words<Value extends string> = Record<Value, readonly [english: string, korean: string]>;

const streamState: Words<Api.StreamState> = {
  off: ["Off", "꺼짐"],
  connecting: ["Connecting", "연결 중"],
  connected: ["Connected", "연결됨"],
  reconnecting: ["Reconnecting", "재연결 중"],
  error: ["Error", "오류"],
  stopping: ["Stopping", "정지 중"],
};

const recording: Words<Api.RecordingPhase> = {
  off: ["Not recorded", "녹화 안 함"],
  waiting: ["Waiting for pictures", "영상 대기 중"],
  recording: ["Recording", "녹화 중"],
  blocked: ["Storage does not take it", "저장소에 쓰지 못함"],
};

const mode: Words<Api.RecordMode> = {
  continuous: ["Always", "상시"],
  schedule: ["By schedule", "예약"],
  manual: ["By hand", "수동"],
  off: ["Off", "끔"],
};

const gapCause: Words<Api.GapCause> = {
  network: ["Network", "네트워크"],
  no_pictures: ["No pictures from the camera", "카메라가 영상을 보내지 않음"],
  authentication: ["Wrong user or password", "사용자 또는 비밀번호 오류"],
  storage: ["Storage", "저장소"],
  disk_full: ["Disk full", "디스크 가득 참"],
  stream_error: ["Stream cannot be read", "스트림을 읽을 수 없음"],
  internal: ["Fault inside gstnvr", "gstnvr 내부 오류"],
  process_died: ["gstnvr or the machine went down", "gstnvr 또는 장비가 중단됨"],
  file_lost: ["File lost", "파일 유실"],
  unknown: ["Unknown", "알 수 없음"],
  connecting: ["First connection", "첫 연결"],
  shutdown: ["gstnvr was stopped", "gstnvr 종료"],
  switched_off: ["Switched off", "꺼 둠"],
  schedule: ["Not scheduled", "예약 시간 아님"],
  clock_jump: ["Clock was set forward", "시계가 앞당겨짐"],
  deleted: ["Deleted", "삭제됨"],
};

const fault: Words<Api.Fault> = {
  RTSP_NETWORK: ["Connection", "연결"],
  AUTHENTICATION: ["Login to the camera", "카메라 인증"],
  STORAGE_DISCONNECTED: ["Storage away", "저장소 분리"],
  DISK_FULL: ["Disk full", "디스크 가득 참"],
  DECODER: ["Decoder", "디코더"],
  VIDEO_SINK: ["Display", "화면 출력"],
  RECORDING_BRANCH: ["Recording", "녹화"],
  STREAMING_BRANCH: ["Live view", "실시간 보기"],
  UNKNOWN: ["Unknown", "알 수 없음"],
};

const reason: Words<Api.Reason> = {
  host_not_found: ["Host name not found", "호스트 이름을 찾을 수 없음"],
  unreachable: ["Not reachable", "도달할 수 없음"],
  refused: ["Connection refused", "연결 거부됨"],
  connect_timeout: ["No connection in time", "연결 시간 초과"],
  no_answer: ["No answer", "응답 없음"],
  not_rtsp: ["Not an RTSP server", "RTSP 서버가 아님"],
  not_http: ["Not an HTTP server", "HTTP 서버가 아님"],
  no_tls: ["No encrypted connection", "암호화 연결 불가"],
  certificate: ["Certificate not trusted", "신뢰할 수 없는 인증서"],
  redirected: ["Sent elsewhere", "다른 주소로 전환됨"],
  unauthorized: ["Wrong user or password", "사용자 또는 비밀번호 오류"],
  not_found: ["No such stream", "해당 스트림 없음"],
  transport_refused: ["Transport refused", "전송 방식 거부됨"],
  server_error: ["Camera reports an error", "카메라 오류 응답"],
  unsupported_codec: ["Codec not supported", "지원하지 않는 코덱"],
  closed_by_camera: ["Closed by the camera", "카메라가 연결을 끊음"],
  connection_lost: ["Connection lost", "연결 끊김"],
  no_first_frame: ["No picture came", "첫 영상이 오지 않음"],
  video_stalled: ["Pictures stopped", "영상 멈춤"],
  slow_link: ["Slow connection", "느린 연결"],
  audio_stalled: ["Sound stopped", "소리 멈춤"],
  frames_dropped: ["Frames dropped", "프레임 손실"],
  fallen_back: ["Fell back to another connection", "대체 연결 사용 중"],
  no_space: ["No space left", "남은 공간 없음"],
  disk_failing: ["Disk is failing", "디스크 고장 임박"],
  disk_defects: ["Disk has defects", "디스크 결함"],
  disk_worn: ["Disk is worn", "디스크 수명 소진"],
  disk_hot: ["Disk is hot", "디스크 과열"],
  raid_degraded: ["Array degraded", "RAID 성능 저하"],
  protected_only: ["Only protected recordings left", "보호된 녹화만 남음"],
  kept_too_short: ["Kept too short", "보관 기간 부족"],
  io_error: ["Disk error", "디스크 입출력 오류"],
  read_only: ["Read-only", "읽기 전용"],
  permission: ["No permission", "권한 없음"],
  volume_missing: ["Volume missing", "볼륨 없음"],
  wrong_volume: ["Another volume is there", "다른 볼륨이 연결됨"],
  identity_lost: ["Volume lost its identity", "볼륨 식별 정보 유실"],
  write_stalled: ["Disk does not respond", "디스크 응답 없음"],
  slow_disk: ["Slow disk", "느린 디스크"],
  muxer: ["File format refused the stream", "파일 형식이 스트림을 거부함"],
  stream_format: ["Stream is malformed", "잘못된 스트림 형식"],
  flooded: ["Camera sends too much", "카메라 과다 전송"],
  codec_changed: ["Codec changed", "코덱 변경됨"],
  missing_element: ["Part of GStreamer missing", "GStreamer 구성 요소 없음"],
  out_of_memory: ["Out of memory", "메모리 부족"],
  pipeline_hung: ["Pipeline does not respond", "파이프라인 응답 없음"],
  copies_behind: ["Copies fall behind", "복사 지연"],
  not_copied: ["Deleted before it was copied", "복사 전 삭제됨"],
  unknown: ["Unknown", "알 수 없음"],
};

const severity: Words<Api.Severity> = {
  LOW: ["Low", "낮음"],
  MEDIUM: ["Medium", "보통"],
  HIGH: ["High", "높음"],
  CRITICAL: ["Critical", "심각"],
};

const volumeState: Words<Api.VolumeState> = {
  unknown: ["Not known yet", "아직 알 수 없음"],
  good: ["Good", "정상"],
  slow: ["Slow", "느림"],
  failing: ["Failing", "고장"],
};

const tier: Words<Api.Tier> = { hot: ["Hot", "핫"], warm: ["Warm", "웜"], cold: ["Cold", "콜드"] };

const why: Words<Api.Why> = {
  age: ["Its time is over", "보관 기간 만료"],
  camera_size: ["Camera's quota", "카메라 할당량"],
  volume_size: ["Volume's quota", "볼륨 할당량"],
  free_space: ["Lack of room", "공간 부족"],
};

const moveCause: Words<Api.PlannedMove["why"]> = {
  age: ["Its age", "기간 경과"],
  room: ["Lack of room", "공간 부족"],
};

const diskState: Words<Api.DiskState> = {
  read: ["Read", "읽음"],
  asleep: ["Asleep", "절전"],
  unsupported: ["Tells nothing", "정보 없음"],
  failed: ["Could not be asked", "조회 실패"],
};

const syncAction: Words<Api.SyncAction> = {
  recovery: ["A disk is being filled", "디스크 복구 중"],
  resync: ["Disks are made the same", "동기화 중"],
  reshape: ["Being rearranged", "재구성 중"],
  check: ["Being checked", "검사 중"],
  repair: ["Being repaired", "수리 중"],
};

const logLevel: Words<Api.LogLevel> = {
  debug: ["Debug", "디버그"],
  info: ["Info", "정보"],
  warning: ["Warning", "경고"],
  error: ["Error", "오류"],
  critical: ["Critical", "심각"],
};

const exportState: Words<Api.ExportState> = {
  waiting: ["Waits for others", "대기 중"],
  running: ["Being made", "만드는 중"],
  done: ["Done", "완료"],
  failed: ["Failed", "실패"],
};

/** As the API tells them, which has no list of them. */
const exportStep: Words<"fetching" | "looking" | "copying" | "hashing" | "pictures"> = {
  fetching: ["Fetching copies", "복사본 가져오는 중"],
  looking: ["Looking through the recordings", "녹화 영상 확인 중"],
  copying: ["Copying video", "영상 복사 중"],
  hashing: ["Signing", "서명 중"],
  pictures: ["Making pictures", "사진 만드는 중"],
};

const exportKind: Words<Api.Export["kind"]> = {
  export: ["Video", "영상"],
  timelapse: ["Time-lapse", "타임랩스"],
};

const deletionState: Words<Api.Deletion["state"]> = {
  running: ["Being deleted", "삭제 중"],
  done: ["Done", "완료"],
  failed: ["Failed", "실패"],
};

/** Sentences of the API that say why files were not deleted. */
const keptWhy: Words<string> = {
  "it is being written": ["It is being written", "기록 중인 파일"],
  "it reaches beyond the span": ["It reaches beyond the range", "선택 구간을 벗어나는 파일"],
  "it is protected": ["It is protected", "보호된 파일"],
  "its file is not on a volume that is mounted": ["Its volume is not mounted", "볼륨이 마운트되지 않음"],
  "somebody else deletes or has just protected it": ["Others deleted or protected it", "다른 작업이 삭제하거나 보호함"],
  "the disk does not let go of it; it is tried again at the next start": [
    "The disk does not let go of it; it is tried again at the next start",
    "디스크가 삭제를 거부함. 다음 시작 시 다시 시도함",
  ],
};

export const LABELS = {
  checkName,
  checkState,
  remedy,
  exportState,
  exportStep,
  exportKind,
  deletionState,
  keptWhy,
  streamState,
  recording,
  mode,
  gapCause,
  fault,
  reason,
  severity,
  volumeState,
  tier,
  why,
  moveCause,
  diskState,
  logLevel,
  syncAction,
  ...adminLabels,
};

export type LabelKind = keyof typeof LABELS;
