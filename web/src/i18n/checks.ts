/** What checks of the machine look at, and what to do, in both languages. */
import type * as Api from "../api/types";

type Pair = readonly [english: string, korean: string];

/** By the names that the server gives; one that is not here is shown as it is. */
export const checkName: Record<string, Pair> = {
  gstnvr: ["gstnvr", "gstnvr 버전"],
  Python: ["Python", "Python 버전"],
  GStreamer: ["GStreamer", "GStreamer 버전"],
  elements: ["Parts of GStreamer", "GStreamer 구성 요소"],
  TLS: ["Encrypted connections", "암호화 연결"],
  software: ["Software", "소프트웨어"],
  clock: ["Clock", "시계"],
  configuration: ["Settings", "설정"],
  passwords: ["Passwords of cameras", "카메라 비밀번호"],
  folders: ["Folders", "폴더"],
  data_dir: ["Data folder", "데이터 폴더"],
  volume: ["Volume", "볼륨"],
  disks: ["Disks", "디스크"],
  arrays: ["Disk arrays", "디스크 배열"],
  port: ["Network port", "네트워크 포트"],
  "open files": ["Open files", "열 수 있는 파일 수"],
};

export const checkState: Record<Api.CheckState, Pair> = {
  ok: ["Good", "정상"],
  warning: ["Warning", "주의"],
  failed: ["Failed", "실패"],
};

export const remedy: Record<Api.Remedy, Pair> = {
  install_package: ["Install the package that is named", "표시된 패키지를 설치하십시오"],
  repair_gstreamer: ["Find the plug-in that fails, and install it anew", "문제가 있는 플러그인을 찾아 다시 설치하십시오"],
  run_setup: ["Run scripts/setup", "scripts/setup을 실행하십시오"],
  newer_system: ["Use a newer system", "더 새로운 운영 체제를 사용하십시오"],
  set_clock: ["Have the clock kept right by a time service", "시간 동기화 서비스를 켜십시오"],
  other_port: ["Choose another port, or stop the other program", "다른 포트를 지정하거나 해당 프로그램을 중지하십시오"],
  more_open_files: ["Allow more open files", "열 수 있는 파일 수 한도를 늘리십시오"],
  correct_settings: ["Correct the settings", "설정을 바로잡으십시오"],
  write_settings: ["Write a configuration file", "설정 파일을 작성하십시오"],
  set_variable: ["Set the variable where gstnvr runs", "gstnvr를 실행하는 곳에 환경 변수를 설정하십시오"],
  correct_password: ["Put the password right", "비밀번호 설정을 바로잡으십시오"],
  other_folder: ["Choose another folder, or remove the file", "다른 폴더를 지정하거나 그 파일을 제거하십시오"],
  remount: ["Find out why it is read-only, and mount it again", "읽기 전용이 된 원인을 확인하고 다시 마운트하십시오"],
  grant_folder: ["Give the folder to the user that runs gstnvr", "gstnvr를 실행하는 사용자에게 폴더 권한을 주십시오"],
  make_folder: ["Make the folder, or mount the disk that it is on", "폴더를 만들거나 그 폴더가 있는 디스크를 마운트하십시오"],
  look_at_disk: ["Look at the disk", "디스크를 점검하십시오"],
  make_room: ["Make room", "남은 공간을 확보하십시오"],
  delete_files: ["Delete files that nobody needs", "필요 없는 파일을 삭제하십시오"],
  local_disk: ["Use a local disk for the database", "데이터베이스는 로컬 디스크에 두십시오"],
  mind_network: ["Recording depends on the network now", "네트워크가 끊기면 녹화도 중단됩니다"],
  format_disk: ["Format the disk with ext4 or xfs", "디스크를 ext4 또는 xfs로 포맷하십시오"],
  lasting_disk: ["Use a disk: this is lost with a restart", "메모리는 재시작하면 지워지므로 디스크를 사용하십시오"],
  separate_disks: ["Give each volume a disk of its own", "볼륨마다 별도의 디스크를 사용하십시오"],
  restore_identity: ["Put the identity file back, or check the disk", "식별 파일을 복원하거나 디스크를 검사하십시오"],
  allow_asking_disks: ["Allow gstnvr to ask the disk", "gstnvr가 디스크 상태를 조회하도록 허용하십시오"],
  ask_disks_yourself: ["Look at the disks yourself", "디스크 상태를 직접 확인하십시오"],
  replace_disk: ["Save what is on the disk, and replace it", "데이터를 옮기고 디스크를 교체하십시오"],
};
