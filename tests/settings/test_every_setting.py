"""Every setting has a test that fails if the setting were ignored. A new one must be entered here."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from gstnvr.config.explain import mark_of, section_in
from gstnvr.config.settings import CameraSettings, Settings

TESTS = Path(__file__).parents[1]

ACCESS = "settings/test_access_settings.py"
DISKS = "supervisor/test_disk_watch.py"
ENTRANCE = "supervisor/test_entrance.py"
COPIED_AND_BACK = ("copies/test_round_trip.py::test_a_file_is_the_same_there_and_when_it_is_back",)
ENGINE = "recorder/test_engine_segments.py"
OURS = "settings/test_camera_settings.py"
PROGRAM = "settings/test_program_settings.py"
RECORDER = "settings/test_recorder_settings.py"
RESTREAM = "supervisor/test_restream_process.py"
RETENTION = "settings/test_retention_settings.py"
SCHEDULES = "settings/test_schedule_settings.py"
SESSION = "settings/test_session_settings.py"
TIERED = "supervisor/test_tiers_end_to_end.py::test_recordings_move_play_on_and_only_hot_volumes_are_recorded_to"
TIERS = "supervisor/test_tier_keeper.py"
TLS = "settings/test_tls_settings.py"

PROVED_BY: dict[str, tuple[str, ...]] = {
    "data_dir": (f"{PROGRAM}::test_everything_of_the_program_itself_is_in_data_dir",),
    "api.host": (f"{PROGRAM}::test_the_api_listens_at_its_host_and_port_only",),
    "api.port": (f"{PROGRAM}::test_the_api_listens_at_its_host_and_port_only",),
    "api.tls.enabled": (f"{ENTRANCE}::test_commands_find_a_gstnvr_that_encrypts",),
    "api.tls.certificate_file": (f"{ENTRANCE}::test_a_certificate_of_ones_own_is_shown",),
    "api.tls.key_file": (f"{ENTRANCE}::test_a_certificate_of_ones_own_is_shown",),
    "api.trusted_proxies": (f"{ENTRANCE}::test_a_proxy_of_the_settings_is_believed",),
    "api.thumbnail_cache_mb": (
        "analysis/test_thumbnailer_process.py::test_as_much_is_kept_in_memory_as_the_setting_says",
    ),
    "access.session_idle_h": (f"{ACCESS}::test_a_login_that_is_not_used_is_over_after_session_idle_h",),
    "access.session_days": (f"{ACCESS}::test_a_login_is_over_after_session_days",),
    "access.login_attempts": (f"{ACCESS}::test_login_attempts_and_lockout_minutes_are_those_of_the_settings",),
    "access.lockout_minutes": (f"{ACCESS}::test_login_attempts_and_lockout_minutes_are_those_of_the_settings",),
    "restream.enabled": (f"{RESTREAM}::test_it_is_there_while_and_where_the_settings_say",),
    "restream.host": (f"{RESTREAM}::test_it_is_there_while_and_where_the_settings_say",),
    "restream.port": (f"{RESTREAM}::test_it_is_there_while_and_where_the_settings_say",),
    "restream.tls": (f"{RESTREAM}::test_it_encrypts_with_the_certificate_of_the_api",),
    "restream.unencrypted": (f"{RESTREAM}::test_beyond_this_machine_only_by_the_word_of_the_settings",),
    "restream.max_clients": (f"{RESTREAM}::test_who_may_watch_is_decided_as_for_the_api",),
    "log.level": (
        f"{PROGRAM}::test_only_lines_of_the_level_are_written_and_a_new_level_holds_at_once",
        f"{RECORDER}::test_the_level_of_the_log_reaches_the_recorder",
    ),
    "recording.segment_s": (f"{ENGINE}::test_another_segment_length_holds_for_the_segment_that_is_open",),
    "recording.fragment_ms": (
        f"{RECORDER}::test_fragment_length_is_that_of_the_setting",
        "media/test_behaviour_fragments.py::test_no_fragment_is_longer_than_the_setting",
    ),
    "recording.sync_interval_s": (f"{RECORDER}::test_data_is_synced_at_the_interval",),
    "recording.ring_s": (f"{RECORDER}::test_what_the_ring_holds_bridges_an_outage",),
    "recording.outage_buffer_s": (
        "recorder/test_engine_storage.py"
        "::test_an_outage_longer_than_the_buffer_costs_what_does_not_fit_and_no_more",
    ),
    "recording.container": (f"{ENGINE}::test_audio_is_cut_with_the_video_and_none_of_it_is_lost",),
    "recorder.streams_per_process": (
        "supervisor/test_supervisor_recorders.py::test_streams_are_divided_and_each_recorder_dies_alone",
    ),
    "recorder.tick_ms": (f"{RECORDER}::test_streams_are_drained_on_the_tick",),
    "recorder.max_concurrent_connects": (
        f"{RECORDER}::test_no_more_connections_are_being_set_up_than_the_setting_allows",
        "recorder/test_slots.py::test_the_limit_holds_for_all_processes_together",
    ),
    "recorder.sub_linger_s": (
        "supervisor/test_assignment.py::test_a_sub_stream_goes_with_its_main_stream_and_is_connected_on_demand",
        "recorder/test_engine_demand.py::test_it_is_connected_while_it_is_watched_and_a_while_longer",
    ),
    "recorder.heartbeat_timeout_s": (
        "supervisor/test_supervisor_recorders.py::test_silence_is_borne_for_as_long_as_the_setting_says",
    ),
    "recorder.memory_limit_mb": (
        "supervisor/test_relief.py::test_a_recorder_that_takes_too_much_memory_is_replaced",
    ),
    "session.latency_ms": (f"{OURS}::test_latency_is_that_of_the_pipeline",),
    "session.tcp_timeout_ms": (
        f"{OURS}::test_a_camera_that_does_not_answer_is_given_up_after_tcp_timeout",
        f"{SESSION}::test_what_the_source_needs_is_handed_to_it_and_a_change_connects_anew",
    ),
    "session.tolerance": (
        "session/test_session_loss.py::test_a_silent_stall_is_noticed_at_its_limit_and_began_with_the_last_frame",
    ),
    "session.frame_timeout_s": (f"{SESSION}::test_a_stall_limit_that_was_changed_holds_for_the_stream_that_runs",),
    "session.first_frame_timeout_s": (f"{SESSION}::test_first_frame_timeout_is_the_wait_for_the_first_frame",),
    "session.buffering_grace_s": (
        "session/test_session_watch.py::test_buffering_suspends_the_stall_clock_for_no_longer_than_the_grace",
        "recorder/test_engine_sessions.py::test_a_slow_link_is_borne_as_long_as_the_setting_says",
    ),
    "session.fallback_after_attempts": (
        "session/test_session_routes.py::test_after_enough_failures_both_are_tried_by_turns",
    ),
    "session.fallback_return_s": (
        "session/test_session_routes.py::test_rtsp_is_probed_at_the_interval_of_the_setting",
    ),
    "session.keepalive_timeout_s": (
        "e2e/test_keep_alive.py::test_cameras_are_asked_in_time_and_never_twice_for_one_answer",
        f"{SESSION}::test_what_the_source_needs_is_handed_to_it_and_a_change_connects_anew",
    ),
    "session.reconnect_delay_s": (f"{SESSION}::test_reconnect_delay_is_the_first_step_of_the_back_off",),
    "session.reconnect_max_delay_s": (f"{SESSION}::test_reconnect_max_delay_is_the_last_step",),
    "session.reconnect_jitter": (f"{SESSION}::test_reconnect_jitter_draws_the_delay",),
    "session.quick_retry_s": (f"{SESSION}::test_quick_retry_is_how_long_a_healthy_stream_is_tried_quickly",),
    "session.healthy_after_s": (f"{SESSION}::test_healthy_after_is_how_long_frames_must_be_steady",),
    "session.max_reconnect_attempts": (f"{SESSION}::test_max_reconnect_attempts_makes_the_incident_critical",),
    "session.unauthorized_delay_s": (
        f"{SESSION}::test_unauthorized_delay_is_the_least_wait_after_a_refused_password",
    ),
    "session.probe_timeout_s": (
        f"{SESSION}::test_probe_timeout_is_handed_to_the_probe",
        f"{SESSION}::test_a_camera_that_answers_nothing_is_given_up_after_the_probe_timeout",
    ),
    "session.stop_timeout_s": (f"{SESSION}::test_stop_timeout_is_how_long_a_pipeline_that_hangs_is_waited_for",),
    "storage.volumes[].path": (
        "supervisor/test_supervisor_end_to_end.py::test_segments_appear_and_all_files_are_finished_at_the_end",
    ),
    "storage.policy": (
        "recorder/test_engine_volumes.py::test_fill_takes_the_first_volume_as_long_as_it_has_room",
        "recorder/test_engine_volumes.py::test_round_robin_takes_turns_and_streams_do_not_move_together",
        "recorder/test_engine_mirror.py::test_every_segment_is_on_both_volumes",
        "supervisor/test_several_volumes.py::test_every_volume_is_told_and_one_that_is_missing_holds_up_nothing",
    ),
    "storage.check_interval_s": (f"{RECORDER}::test_all_checks_are_made_again_at_the_interval",),
    "storage.retry_interval_s": (f"{RECORDER}::test_a_volume_that_failed_is_tried_again_at_the_interval",),
    "storage.min_free_mb": (f"{RECORDER}::test_nothing_is_written_with_less_free_space_than_the_setting",),
    "storage.volumes[].tier": (f"{TIERS}::test_what_is_old_enough_moves_from_tier_to_tier", TIERED),
    "storage.tiers.warm_after_days": (f"{TIERS}::test_what_is_old_enough_moves_from_tier_to_tier",),
    "storage.tiers.cold_after_days": (f"{TIERS}::test_what_is_old_enough_moves_from_tier_to_tier", TIERED),
    "storage.tiers.rate_limit_mbps": (
        f"{TIERS}::test_the_mean_rate_is_that_of_the_setting",
        f"{TIERS}::test_a_keeper_that_is_started_anew_goes_on",
    ),
    "storage.volumes[].max_size": (
        f"{RETENTION}::test_recordings_take_no_more_than_the_max_size_of_their_volume",
        "supervisor/test_retention_keeper.py::test_a_camera_and_a_volume_take_no_more_than_they_may",
    ),
    "storage.retention.days": (
        f"{RETENTION}::test_days_of_all_and_of_one_camera",
        "supervisor/test_retention_keeper.py::test_what_is_too_old_goes_and_a_changed_setting_holds_at_once",
    ),
    "storage.retention.min_days": (f"{RETENTION}::test_min_days_of_all_and_of_one_camera",),
    "storage.retention.floor": (
        f"{RETENTION}::test_floor_and_resume_are_those_of_the_file",
        "supervisor/test_retention_keeper.py"
        "::test_a_disk_that_another_program_fills_keeps_its_floor_and_the_cost_is_told",
    ),
    "storage.retention.resume": (
        f"{RETENTION}::test_floor_and_resume_are_those_of_the_file",
        "supervisor/test_retention_keeper.py"
        "::test_a_disk_that_another_program_fills_keeps_its_floor_and_the_cost_is_told",
    ),
    "cameras[].retention.days": (
        f"{RETENTION}::test_days_of_all_and_of_one_camera",
        "supervisor/test_retention_keeper.py::test_what_is_too_old_goes_and_a_changed_setting_holds_at_once",
    ),
    "cameras[].retention.min_days": (f"{RETENTION}::test_min_days_of_all_and_of_one_camera",),
    "cameras[].retention.max_size": (
        f"{RETENTION}::test_a_camera_takes_no_more_than_its_max_size",
        "supervisor/test_retention_keeper.py::test_a_camera_and_a_volume_take_no_more_than_they_may",
    ),
    "database.url": ("supervisor/test_supervisor_postgresql.py::test_what_is_recorded_is_entered_there",),
    "database.password_env": (
        "config/test_database_settings.py::test_the_password_is_put_into_the_address_as_of_now",
    ),
    "database.password_file": (
        "supervisor/test_supervisor_postgresql.py::test_the_password_comes_from_a_file_and_is_never_told",
    ),
    "database.backup.every_h": (
        "supervisor/test_safekeeping.py::test_by_setting_copies_go_to_a_folder_and_so_many_are_kept",
        "supervisor/test_safekeeping.py::test_by_setting_no_copies_are_made",
    ),
    "database.backup.keep": (
        "supervisor/test_safekeeping.py::test_by_setting_copies_go_to_a_folder_and_so_many_are_kept",
    ),
    "database.backup.folder": (
        "supervisor/test_safekeeping.py::test_by_setting_copies_go_to_a_folder_and_so_many_are_kept",
    ),
    "disks.watch": (f"{DISKS}::test_watch_switches_all_of_it_off",),
    "disks.smartctl": (
        f"{DISKS}::test_a_disk_that_is_well_is_known_and_nothing_is_told",
        "disks/test_smartctl.py::test_what_goes_in_front_is_run_first",
    ),
    "disks.interval_s": (f"{DISKS}::test_disks_and_arrays_are_looked_at_as_often_as_is_set",),
    "disks.raid_interval_s": (f"{DISKS}::test_disks_and_arrays_are_looked_at_as_often_as_is_set",),
    "disks.max_temperature_c": (f"{DISKS}::test_limits_are_those_of_the_settings",),
    "disks.max_ssd_temperature_c": (f"{DISKS}::test_limits_are_those_of_the_settings",),
    "disks.max_wear_percent": (f"{DISKS}::test_limits_are_those_of_the_settings",),
    "schedules.NAME.zone": (f"{SCHEDULES}::test_hours_are_those_of_the_zone_else_of_the_machine",),
    **{
        f"schedules.NAME.hours.{day}": (f"{SCHEDULES}::test_each_day_has_its_own_hours",)
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    },
    "schedules.NAME.hours.holiday": (f"{SCHEDULES}::test_holidays_have_hours_of_their_own",),
    "schedules.NAME.holidays": (f"{SCHEDULES}::test_holidays_have_hours_of_their_own",),
    "storage.copies.places[].kind": COPIED_AND_BACK,
    "storage.copies.places[].endpoint": COPIED_AND_BACK,
    "storage.copies.places[].bucket": COPIED_AND_BACK,
    "storage.copies.places[].prefix": COPIED_AND_BACK,
    "storage.copies.places[].region": COPIED_AND_BACK,
    "storage.copies.places[].username": COPIED_AND_BACK,
    "storage.copies.places[].password_file": COPIED_AND_BACK,
    "storage.copies.places[].key_file": COPIED_AND_BACK,
    "storage.copies.places[].known_hosts_file": COPIED_AND_BACK,
    "storage.copies.places[].name": (
        "copies/test_copy_table.py::test_closed_segments_are_wanted_once_and_those_that_close_later_too",
    ),
    "storage.copies.places[].password_env": (
        "copies/test_copy_pace.py::test_a_password_of_the_environment_opens_the_place",
    ),
    "storage.copies.places[].cameras": ("copies/test_copy_table.py::test_only_cameras_of_the_setting_are_copied",),
    "storage.copies.places[].what": (
        "copies/test_copy_table.py::test_only_what_is_protected_is_copied_if_the_setting_says_so",
    ),
    "storage.copies.places[].window": ("copies/test_copy_pace.py::test_nothing_is_sent_outside_of_the_window",),
    "storage.copies.places[].rate_limit_mbps": (
        "copies/test_copy_pace.py::test_the_mean_rate_is_that_of_the_setting",
    ),
    "storage.copies.places[].encrypt_key_file": (
        "copies/test_encryption.py::test_copies_are_encrypted_there_and_not_when_they_are_back",
    ),
    "storage.copies.places[].days": (
        "copies/test_round_trip.py::test_copies_are_deleted_there_when_their_days_are_over",
    ),
    "storage.copies.cache_mb": (
        "copies/test_round_trip.py::test_what_is_watched_is_brought_to_the_cache_and_makes_room",
    ),
    "cameras[].id": (
        "supervisor/test_supervisor_reload.py::test_cameras_come_and_go_and_the_others_do_not_notice",
    ),
    "cameras[].name": (f"{PROGRAM}::test_a_camera_is_shown_by_its_name_also_by_a_new_one",),
    "cameras[].enabled": ("supervisor/test_assignment.py::test_streams_of_cameras_that_are_on_are_connected",),
    "cameras[].record": (
        f"{SCHEDULES}::test_the_mode_decides",
        f"{ENGINE}::test_recording_is_switched_off_and_on_without_touching_the_connection_or_another_camera",
        "supervisor/test_supervisor_recorders.py::test_streams_are_recorded_and_all_is_in_order_after_the_end",
    ),
    "cameras[].schedule": (f"{SCHEDULES}::test_a_camera_goes_by_the_schedule_that_it_names",),
    "cameras[].priority": (
        "recorder/test_engine_sessions.py::test_the_more_important_camera_is_connected_first",
        "supervisor/test_assignment.py::test_a_task_says_everything_that_a_recorder_must_know",
        f"{RETENTION}::test_the_less_important_camera_gives_first",
    ),
    "cameras[].main.url": (f"{OURS}::test_video_travels_by_the_transport_of_the_setting",),
    "cameras[].main.http_stream_url": (
        "supervisor/test_assignment.py::test_a_task_says_everything_that_a_recorder_must_know",
        "e2e/test_http_fallback.py::test_segments_are_of_the_route_that_works",
    ),
    "cameras[].main.username": (f"{OURS}::test_without_the_right_name_nobody_is_let_in",),
    "cameras[].main.password_env": (
        f"{OURS}::test_video_travels_by_the_transport_of_the_setting",
        f"{OURS}::test_another_password_of_the_environment_does_not_let_in",
    ),
    "cameras[].main.password_sealed": (f"{OURS}::test_a_sealed_password_lets_in",),
    "cameras[].main.password_file": (f"{OURS}::test_the_password_of_a_file_lets_in",),
    "cameras[].main.transport": (
        f"{OURS}::test_video_travels_by_the_transport_of_the_setting",
        "e2e/test_transports.py::test_what_the_camera_sends_is_what_is_recorded",
    ),
    "cameras[].main.tls_fingerprint": (f"{TLS}::test_only_the_certificate_with_the_fingerprint_is_taken",),
    "cameras[].main.tls_ca_file": (f"{TLS}::test_the_authorities_of_the_file_are_believed",),
    "cameras[].main.tls_accept_any": (f"{TLS}::test_any_certificate_is_taken_only_if_that_is_said",),
    "cameras[].sub": (
        "supervisor/test_assignment.py::test_a_sub_stream_goes_with_its_main_stream_and_is_connected_on_demand",
        "recorder/test_engine_demand.py::test_it_is_connected_while_it_is_watched_and_a_while_longer",
    ),
    "cameras[].audio": (f"{ENGINE}::test_audio_is_left_out_by_setting",),
    "cameras[].g711": (
        f"{ENGINE}::test_g711_kept_as_it_is_goes_into_matroska",
        f"{RECORDER}::test_g711_is_left_out_by_setting",
        "media/test_behaviour_source.py::test_audio_comes_beside_the_video_on_the_same_time_line",
    ),
    "cameras[].overlap_connections": (
        "supervisor/test_relief.py::test_by_setting_a_camera_is_never_connected_twice",
    ),
    "cameras[].session": ("supervisor/test_assignment.py::test_a_task_says_everything_that_a_recorder_must_know",),
}
"""By key: tests below ``tests/``. Where there are several, each proves a part of the way from file to effect."""


def leaves(section: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every key that holds a value; a camera's ``session`` and ``sub`` count as one, as others have their keys."""
    for name, field in section.model_fields.items():
        inner = section_in(field.annotation)
        if inner is None or (section is CameraSettings and name in ("session", "sub")):
            yield above + name
        else:
            yield from leaves(inner, f"{above}{name}{mark_of(field)}.")


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_every_setting_has_a_test_that_proves_its_effect() -> None:
    assert sorted(leaves(Settings)) == sorted(PROVED_BY)


@pytest.mark.parametrize("key", PROVED_BY)
def test_the_test_is_there(key: str) -> None:
    assert PROVED_BY[key]
    for test in PROVED_BY[key]:
        file, _, function = test.partition("::")
        assert function.startswith("test_")
        assert function in functions_of(file)
