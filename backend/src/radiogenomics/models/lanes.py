"""Float32 numbers in a register, `WIDTH` at once, for loops that must not leave that to chance.

Whether a compiler turns a loop over arrays into such arithmetic depends on what it can prove about
them; here it is written down. A processor with narrower registers uses several. Only functions that
Numba compiles can call these. Arrays are float32 with two indices, rows contiguous; nothing is
checked, so the caller keeps to the arrays' shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic, models, register_model


def _width() -> int:
    try:
        features = binding.get_host_cpu_features()
    except RuntimeError:  # a kind of processor that LLVM cannot ask
        return 8
    # Without AVX-512, 16 would need more registers than there are.
    return 16 if features.get("avx512f") else 8


WIDTH = _width()

_VECTOR = ir.VectorType(ir.FloatType(), WIDTH)
_INDEX = ir.IntType(32)
_ZEROS = ir.Constant(_VECTOR, [0.0] * WIDTH)
# A product and the sum it goes into may be rounded once.
_FUSED = ("contract",)


class _Lanes(types.Type):
    """The type of a register."""

    def __init__(self) -> None:
        super().__init__("Lanes")


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call]


_lanes = _Lanes()

Instruction = tuple[Any, Callable[[Any, Any, Any, Any], Any]]
"""The types of what it takes and returns; and what writes it down, given Numba's context, LLVM's
builder, the types, and the arguments."""


def _instruction(define: Callable[..., Instruction]) -> Callable[..., Any]:
    made: Callable[..., Any] = intrinsic(define)
    return made


@_instruction
def zeros(_typing: Any) -> Instruction:
    """Return zeros."""

    def generate(_context: Any, _builder: Any, _signature: Any, _arguments: Any) -> Any:
        return _ZEROS

    return _lanes(), generate


@_instruction
def fill(_typing: Any, _number: Any) -> Instruction:
    """Return a number in every place."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return _repeated(builder, arguments[0])

    return _lanes(types.float32), generate


@_instruction
def load(_typing: Any, array: Any, _row: Any, _column: Any) -> Instruction:
    """Return the numbers from ``array[row, column]`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature, arguments)
        return builder.load(builder.bitcast(place, _VECTOR.as_pointer()), align=4)

    return _lanes(array, types.intp, types.intp), generate


@_instruction
def load_one(_typing: Any, array: Any, _row: Any, _column: Any) -> Instruction:
    """Return ``array[row, column]`` in every place."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _repeated(builder, builder.load(_place(context, builder, signature, arguments)))

    return _lanes(array, types.intp, types.intp), generate


@_instruction
def store(_typing: Any, array: Any, _row: Any, _column: Any, _values: Any) -> Instruction:
    """Write the numbers from ``array[row, column]`` on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature, arguments)
        builder.store(arguments[3], builder.bitcast(place, _VECTOR.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, _lanes), generate


@_instruction
def add(_typing: Any, _first: Any, _second: Any) -> Instruction:
    """Return first + second."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.fadd(*arguments)

    return _lanes(_lanes, _lanes), generate


@_instruction
def multiply(_typing: Any, _first: Any, _second: Any) -> Instruction:
    """Return first * second."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.fmul(*arguments)

    return _lanes(_lanes, _lanes), generate


@_instruction
def multiply_add(_typing: Any, _first: Any, _second: Any, _third: Any) -> Instruction:
    """Return first * second + third."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        first, second, third = arguments
        return builder.fadd(builder.fmul(first, second, flags=_FUSED), third, flags=_FUSED)

    return _lanes(_lanes, _lanes, _lanes), generate


@_instruction
def not_negative(_typing: Any, _values: Any) -> Instruction:
    """Return 0 for what is below 0; a NaN stays one."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        below = builder.fcmp_ordered("<", arguments[0], _ZEROS)
        return builder.select(below, _ZEROS, arguments[0])

    return _lanes(_lanes), generate


@_instruction
def total(_typing: Any, _values: Any) -> Instruction:
    """Return the sum, halves added to halves."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        values, count = arguments[0], WIDTH
        while count > 1:
            count //= 2
            lower, upper = (_indices(range(start, start + count)) for start in (0, count))
            values = builder.fadd(
                builder.shuffle_vector(values, values, lower),
                builder.shuffle_vector(values, values, upper),
            )
        return builder.extract_element(values, _INDEX(0))

    return types.float32(_lanes), generate


def _place(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    length = builder.extract_value(array.shape, 1)
    return builder.gep(array.data, [builder.add(builder.mul(arguments[1], length), arguments[2])])


def _repeated(builder: Any, number: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(undefined, number, _INDEX(0))
    return builder.shuffle_vector(first, undefined, _indices([0] * WIDTH))


def _indices(values: Iterable[int]) -> Any:
    numbers = list(values)
    return ir.Constant(ir.VectorType(_INDEX, len(numbers)), numbers)
