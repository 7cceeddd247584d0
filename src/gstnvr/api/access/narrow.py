"""Services as a caller sees them who does not see all cameras: whatever tells of others is not there."""

from collections.abc import Sequence
from dataclasses import replace

from gstnvr.api.common.ports import ApiServices, LiveStream, VolumeView
from gstnvr.api.events.ports import ConfigurationNews, News, VolumesNews
from gstnvr.api.events.views import camera_of
from gstnvr.api.evidence.ports import Exports, ExportView, ExportWish
from gstnvr.model.access import Caller, Cameras
from gstnvr.storage.overview import StorageOverview


def narrowed(services: ApiServices, caller: Caller | None) -> ApiServices:
    """What this caller may know of; nothing is left out for one who sees all cameras."""
    if caller is None or caller.cameras.only is None:
        return services
    cameras = caller.cameras

    def streams() -> Sequence[LiveStream]:
        return [live for live in services.streams() if live.status.stream.camera in cameras]

    def volumes() -> Sequence[VolumeView]:
        return [_volume(view, cameras) for view in services.volumes()]

    def storage() -> StorageOverview | None:
        found = services.storage()
        return None if found is None else _overview(found, cameras)

    return replace(
        services,
        cameras=cameras,
        streams=streams,
        volumes=volumes,
        storage=storage,
        exports=_Exports(services.exports, cameras),
    )


def news_seen(news: News, cameras: Cameras) -> News | None:
    """What somebody may hear who sees these cameras; None: nothing. It is the same news if nothing is left out."""
    if cameras.only is None:
        return news
    match news:
        case ConfigurationNews():
            return news
        case VolumesNews(volumes=volumes):
            return VolumesNews([_volume(view, cameras) for view in volumes])
    return news if camera_of(news) in cameras else None


def _volume(view: VolumeView, cameras: Cameras) -> VolumeView:
    return replace(view, streams=tuple(stream for stream in view.streams if stream.camera in cameras))


def _overview(found: StorageOverview, cameras: Cameras) -> StorageOverview:
    forecast = replace(
        found.forecast,
        upcoming=tuple(one for one in found.forecast.upcoming if one.camera in cameras),
        moves=tuple(one for one in found.forecast.moves if one.camera in cameras),
    )
    return replace(found, forecast=forecast, cameras=tuple(use for use in found.cameras if use.camera in cameras))


class _Exports:
    """Exports with no other cameras than these; implements ``Exports``."""

    def __init__(self, exports: Exports, cameras: Cameras) -> None:
        self._exports = exports
        self._cameras = cameras

    async def begin(self, wish: ExportWish) -> ExportView:
        return await self._exports.begin(wish)

    def all(self) -> Sequence[ExportView]:
        return [view for view in self._exports.all() if self._seen(view)]

    def one(self, uid: str) -> ExportView | None:
        found = self._exports.one(uid)
        return found if found is not None and self._seen(found) else None

    async def verify(self, uid: str) -> ExportView | None:
        return None if self.one(uid) is None else await self._exports.verify(uid)

    async def remove(self, uid: str, user: str) -> None:
        if self.one(uid) is not None:
            await self._exports.remove(uid, user)

    def _seen(self, view: ExportView) -> bool:
        return all(stream.camera in self._cameras for stream in view.wish.streams)
