"""The four views of a scene: three slices and 3D, drawn here and shown in the page.

trame_slicer, slicer, vtk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import slicer
import vtk
from trame_slicer.rca_view import register_rca_factories
from trame_slicer.views import ViewLayoutDefinition

SLICES = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}
"""The slice views by Slicer's names, and what they show."""
THREE_D = "ThreeD"
VIEWS = (*SLICES, THREE_D)

_FRAMES_A_SECOND = 25.0
# Of the views' own still pictures; the same for moving ones lets every picture be drawn once.
_STILL_QUALITY = 90
_SLICE_DELAY_S, _THREE_D_DELAY_S = 0.004, 0.015
# Before those who draw with them, and may let nobody else know.
_FIRST = 10.0
_BUTTONS = ("Left", "Middle", "Right")
_DIRECTIONS = ("LR", "PA", "IS")
_BACKGROUND = ("#14171c", "#1d222a")


class Views:
    """Makes the views once, and shows cases in them.

    Parameters
    ----------
    trame_server
        Of the page.
    slicer_app
        A ``trame_slicer.core.SlicerApp``.
    moved
        Called after a view shows another slice.

    Attributes
    ----------
    only
        The one view that is shown; empty for all four.
    """

    def __init__(self, trame_server: Any, slicer_app: Any, moved: Callable[[], None]) -> None:
        self._app = slicer_app
        manager = slicer_app.view_manager
        register_rca_factories(
            manager,
            trame_server,
            slice_view_ui_f=_no_controls,
            three_d_view_ui_f=_no_controls,
            blur_fps=_FRAMES_A_SECOND,
            target_fps=_FRAMES_A_SECOND,
            # What is read is what was drawn: without loss, and so drawn once, not coarse and fine.
            rca_encoder="png",
            interactive_quality=_STILL_QUALITY,
        )
        definitions = (
            ViewLayoutDefinition.axial_view(),
            ViewLayoutDefinition.coronal_view(),
            ViewLayoutDefinition.sagittal_view(),
            ViewLayoutDefinition.threed_view(background_color=_BACKGROUND),
        )
        self._views = {one.singleton_tag: manager.create_view(one) for one in definitions}
        self._put_images_below()
        self._draw_quickly()
        self._answer_first()
        self.only = ""
        self.show_only("")
        for name in SLICES:
            self._views[name].modified.connect(lambda *_: moved())
        self._pressed: set[tuple[str, str]] = set()
        self._watch_buttons()

    def _answer_first(self) -> None:
        """Let numbers leave before pictures are drawn that are due at the same moment."""
        loop = asyncio.get_running_loop()
        for name, view in self._views.items():
            delay_s = _THREE_D_DELAY_S if name == THREE_D else _SLICE_DELAY_S
            view.set_scheduled_render(_LaterRendering(view, loop, delay_s))

    def release_buttons(self) -> None:
        """Release what a browser that is gone has pressed: its stroke ends where it was."""
        for name, button in sorted(self._pressed):
            self._views[name].interactor().InvokeEvent(f"{button}ButtonReleaseEvent")

    def _watch_buttons(self) -> None:
        for name, view in self._views.items():
            for button in _BUTTONS:
                for event in ("Press", "Release"):
                    note = partial(self._note_button, (name, button), event == "Press")
                    view.interactor().AddObserver(f"{button}Button{event}Event", note, _FIRST)

    def _note_button(self, one: tuple[str, str], is_pressed: bool, *_: object) -> None:
        (self._pressed.add if is_pressed else self._pressed.discard)(one)

    def show_only(self, name: str) -> None:
        """Draw one view, or all of them for an empty name; what nobody sees is not drawn."""
        self.only = name if name in VIEWS else ""
        self._app.view_manager.set_current_view_ids([self.only] if self.only else list(VIEWS))

    def show_volume(self, volume: Any | None, *, fit: bool = False) -> None:
        """Show an image in the slices, beneath the segmentation; None for none."""
        for name in SLICES:
            view = self._views[name]
            view.set_background_volume_id(None if volume is None else volume.GetID())
            if fit:
                view.fit_view_to_content()

    def go_to_point(self, point: Sequence[float]) -> None:
        """Show the slices through a point (R, A, S) in mm; what is seen around it stays."""
        slicer.vtkMRMLSliceNode.JumpAllSlices(
            self._app.scene, *point, slicer.vtkMRMLSliceNode.OffsetJumpSlice
        )

    def reset(self) -> None:
        """Show all of the image in every view."""
        for name in SLICES:
            self._views[name].fit_view_to_content()
        self.reset_three_d()

    def reset_three_d(self) -> None:
        """Show all of what the 3D view holds, from the front."""
        self._views[THREE_D].reset_view()

    def step(self, name: str, steps: int) -> None:
        """Go some slices further in a view."""
        view = self._views[name]
        view.set_slice_value(view.get_slice_value() + steps * view.get_slice_step())

    def go_to(self, name: str, offset: float) -> None:
        """Go to the slice at an offset in mm."""
        self._views[name].set_slice_value(offset)

    def edges(self) -> dict[str, dict[str, str]]:
        """Return for each slice view what side of the patient its left and its upper edge are."""
        found = {}
        for name in SLICES:
            matrix = self._views[name].get_view_node().GetSliceToRAS()
            right, up = ([matrix.GetElement(row, column) for row in range(3)] for column in (0, 1))
            found[name] = {"left": _side([-part for part in right]), "top": _side(up)}
        return found

    def offsets(self) -> dict[str, dict[str, float]]:
        """Return for each slice view where it is, and how far it can go, in mm."""
        found = {}
        for name in SLICES:
            view = self._views[name]
            first, last = view.get_slice_range()
            found[name] = {
                "value": round(view.get_slice_value(), 2),
                "first": round(first, 2),
                "last": round(last, 2),
                "step": round(view.get_slice_step(), 4),
            }
        return found

    @property
    def is_adjusting(self) -> bool:
        """Whether dragging in a slice changes brightness and contrast."""
        node = self._interaction
        return bool(node.GetCurrentInteractionMode() == node.AdjustWindowLevel)

    def toggle_adjusting(self) -> None:
        """Let dragging in a slice change brightness and contrast, or no more."""
        node = self._interaction
        node.SetCurrentInteractionMode(
            node.ViewTransform if self.is_adjusting else node.AdjustWindowLevel
        )

    def reset_contrast(self) -> None:
        """Choose brightness and contrast by the values of the image that is shown."""
        volume = self._app.scene.GetNodeByID(self._views["Red"].get_background_volume_id() or "")
        if volume is not None:
            volume.GetDisplayNode().SetAutoWindowLevel(True)

    def _put_images_below(self) -> None:
        """Let images be drawn before what lies over them.

        A view adds its image when it gets the first one. What a segmentation had added by then
        would be drawn before, and hide the image where it is half transparent.
        """
        for name in SLICES:
            image = self._views[name]._render_manager.image_actor
            image.SetVisibility(False)
            self._views[name].first_renderer().AddViewProp(image)

    def _draw_quickly(self) -> None:
        """Leave out what costs most without a graphics card.

        Several samples a pixel take four times as long. Peeling what is transparent by depth takes
        seven times as long, and with Mesa's software renderer shows nothing of it.
        """
        for view in self._views.values():
            view.render_window().SetMultiSamples(0)
        three_d = self._views[THREE_D]
        three_d.get_view_node().SetUseDepthPeeling(False)
        three_d.renderer().SetUseDepthPeeling(False)
        three_d.renderer().SetUseFXAA(True)

    @property
    def _interaction(self) -> Any:
        return self._app.app_logic.GetInteractionNode()

    def pictures(self) -> list[tuple[str, bytes]]:
        """Return caption and PNG file of each view."""
        captions = {**SLICES, THREE_D: "3D"}
        return [(captions[name], _png(view.render_window())) for name, view in self._views.items()]


class _LaterRendering:
    """Asks for a picture of a view a moment later, once for all that asked meanwhile.

    What answers the browser is sent in between. It stands in the place of a
    ``trame_slicer.views.ScheduledRenderStrategy`` and passes on to the one that was there.
    """

    def __init__(self, view: Any, loop: asyncio.AbstractEventLoop, delay_s: float) -> None:
        # The view has no way to say what draws it.
        self._rendering = view._scheduled_render
        self._loop, self._delay_s = loop, delay_s
        self._is_asked = False

    def set_abstract_view(self, view: Any) -> None:
        self._rendering.set_abstract_view(view)

    def schedule_render(self) -> None:
        if not self._is_asked:
            self._is_asked = True
            self._loop.call_later(self._delay_s, self._ask)

    def did_render(self) -> None:
        self._rendering.did_render()

    def _ask(self) -> None:
        self._is_asked = False
        self._rendering.schedule_render()


def _side(direction: Sequence[float]) -> str:
    """Return the letter of the side of the patient that a direction in RAS leads to."""
    axis = max(range(3), key=lambda index: abs(direction[index]))
    return _DIRECTIONS[axis][direction[axis] > 0]


def _no_controls(*_: object) -> None:
    """Put nothing over a view: the page has its own controls."""


def _png(window: Any) -> bytes:
    from vtk.util.numpy_support import vtk_to_numpy  # noqa: PLC0415

    window.Render()
    picture = vtk.vtkImageData()
    slicer.vtkMRMLLayerDisplayableManager.RenderWindowBufferToImage(window, picture)
    writer = vtk.vtkPNGWriter()
    writer.SetInputData(picture)
    writer.WriteToMemoryOn()
    writer.Write()
    return bytes(vtk_to_numpy(writer.GetResult()))
