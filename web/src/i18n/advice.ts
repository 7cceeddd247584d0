import type { Reason } from "../api/types";
import type { Language } from "./languages";

/** What to do about a camera that cannot be reached, by the reason that the server found. */
export const ADVICE: Partial<Record<Reason, readonly [english: string, korean: string]>> = {
  host_not_found: [
    "No machine has the name in the address. Correct the name, or use the number of the camera's address.",
    "주소에 적힌 이름의 장비가 없습니다. 이름을 바로잡거나 카메라의 IP 주소를 쓰세요.",
  ],
  unreachable: [
    "There is no way to this address. Is the camera on, and in the same network?",
    "이 주소까지 가는 경로가 없습니다. 카메라가 켜져 있고 같은 네트워크에 있는지 확인하세요.",
  ],
  refused: [
    "The machine is there, but nothing listens on this port. Correct the port, or turn RTSP on in the camera.",
    "장비는 있지만 이 포트에서 받는 서비스가 없습니다. 포트를 바로잡거나 카메라에서 RTSP를 켜세요.",
  ],
  connect_timeout: [
    "Nobody answered. Is the camera on, and does no firewall stand between?",
    "응답이 없습니다. 카메라가 켜져 있는지, 방화벽이 막고 있지 않은지 확인하세요.",
  ],
  no_answer: [
    "The camera took the connection and then said nothing. Start it anew, or correct the port.",
    "카메라가 연결은 받았지만 답하지 않습니다. 카메라를 다시 시작하거나 포트를 바로잡으세요.",
  ],
  not_rtsp: [
    "Something else than RTSP answers on this port. The usual port is 554.",
    "이 포트에서는 RTSP가 아닌 서비스가 답합니다. 보통은 554번 포트입니다.",
  ],
  not_http: [
    "Something else than HTTP answers on this port. The usual port is 80.",
    "이 포트에서는 HTTP가 아닌 서비스가 답합니다. 보통은 80번 포트입니다.",
  ],
  no_tls: [
    "The camera does not encrypt on this port. Write rtsp:// instead of rtsps://, or correct the port.",
    "카메라가 이 포트에서 암호화하지 않습니다. rtsps:// 대신 rtsp://를 쓰거나 포트를 바로잡으세요.",
  ],
  certificate: [
    "The camera shows a certificate that nothing here vouches for. If you know that it is the camera, enter the SHA-256 below.",
    "카메라가 제시한 인증서를 확인할 수 없습니다. 그 카메라가 틀림없다면 아래의 SHA-256 지문을 입력하세요.",
  ],
  redirected: [
    "The camera sends to another address. Enter that one.",
    "카메라가 다른 주소로 보냅니다. 그 주소를 입력하세요.",
  ],
  unauthorized: [
    "The camera does not take this user and password. Try them on the page of the camera itself; some lock for a while after wrong ones.",
    "카메라가 이 사용자와 비밀번호를 받아들이지 않습니다. 카메라 자체 페이지에서 확인하세요. 여러 번 틀리면 한동안 잠기는 카메라도 있습니다.",
  ],
  not_found: [
    "The camera has no stream with this path. The manual of the camera names the right one.",
    "카메라에 이 경로의 스트림이 없습니다. 카메라 설명서에서 올바른 경로를 확인하세요.",
  ],
  transport_refused: [
    "The camera does not send in this way. Choose another transport.",
    "카메라가 이 방식으로는 보내지 않습니다. 다른 전송 방식을 고르세요.",
  ],
  server_error: [
    "The camera itself has failed. Start it anew.",
    "카메라 자체에 오류가 있습니다. 카메라를 다시 시작하세요.",
  ],
  unsupported_codec: [
    "The camera sends video that cannot be recorded. Set it to H.264 or H.265.",
    "녹화할 수 없는 형식의 영상을 보냅니다. 카메라를 H.264 또는 H.265로 설정하세요.",
  ],
  closed_by_camera: [
    "The camera closed the connection. Perhaps too many watch already; start it anew.",
    "카메라가 연결을 끊었습니다. 이미 접속이 너무 많을 수 있으니 카메라를 다시 시작하세요.",
  ],
};

const ELSE = ["What the camera said:", "카메라의 응답:"] as const;

export function adviceOn(reason: Reason, language: Language): string {
  return (ADVICE[reason] ?? ELSE)[language === "en" ? 0 : 1];
}
