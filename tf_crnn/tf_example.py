"""`tf.train.Example`, the message in most TFRecord files, without TensorFlow."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from tf_crnn.errors import DataError

Values = Sequence[bytes] | Sequence[float] | Sequence[int]


def encode_example(features: Mapping[str, Values]) -> bytes:
    """A `tf.train.Example` of lists of bytes, floats or integers; bytes alone are a list of one.

    Raises:
        TypeError: a value is of another type.
    """
    example = _EXAMPLE()
    for name, values in features.items():
        feature = example.features.feature.add(key=name).value
        entries: Sequence[Any] = [values] if isinstance(values, bytes) else values
        if any(isinstance(entry, float) for entry in entries):
            feature.float_list.value.extend(entries)
        elif any(isinstance(entry, int) for entry in entries):
            feature.int64_list.value.extend(entries)
        else:
            feature.bytes_list.value.extend(entries)
    return bytes(example.SerializeToString())


def decode_example(content: bytes) -> dict[str, Sequence[Any]]:
    """The features of a `tf.train.Example`, each a sequence of bytes, floats or integers.

    Raises:
        DataError: the bytes are no Example; the message is the reason alone.
    """
    example = _EXAMPLE()
    try:
        example.ParseFromString(content)
    except DecodeError as error:
        raise DataError(f"is no tf.train.Example ({error})") from error
    # As in a protobuf map, the last of several entries counts.
    return {entry.key: _values(entry.value) for entry in example.features.feature}


def _values(feature: Any) -> Sequence[Any]:
    kind = feature.WhichOneof("kind")
    return getattr(feature, kind).value if kind else ()


def _example_class() -> Any:
    """The class of `tf.train.Example`, in a pool of its own: TensorFlow registers the name too."""
    file = descriptor_pb2.FileDescriptorProto(
        name="tf_crnn_example.proto", package="tf_crnn", syntax="proto3"
    )
    field = descriptor_pb2.FieldDescriptorProto
    repeated, single = field.LABEL_REPEATED, field.LABEL_OPTIONAL
    messages = {
        "BytesList": [("value", 1, field.TYPE_BYTES, repeated, "")],
        "FloatList": [("value", 1, field.TYPE_FLOAT, repeated, "")],
        "Int64List": [("value", 1, field.TYPE_INT64, repeated, "")],
        "Feature": [
            (name, number, field.TYPE_MESSAGE, single, message)
            for name, number, message in (
                ("bytes_list", 1, "BytesList"),
                ("float_list", 2, "FloatList"),
                ("int64_list", 3, "Int64List"),
            )
        ],
        # On the wire a map is a repeated entry; as such it keeps its order when it is written.
        "Entry": [
            ("key", 1, field.TYPE_STRING, single, ""),
            ("value", 2, field.TYPE_MESSAGE, single, "Feature"),
        ],
        "Features": [("feature", 1, field.TYPE_MESSAGE, repeated, "Entry")],
        "Example": [("features", 1, field.TYPE_MESSAGE, single, "Features")],
    }
    for message_name, fields in messages.items():
        message = file.message_type.add(name=message_name)
        for name, number, kind, label, of in fields:
            added = message.field.add(name=name, number=number, type=kind, label=label)
            if of:
                added.type_name = f".tf_crnn.{of}"
            if message_name == "Feature":
                added.oneof_index = 0
    feature = next(message for message in file.message_type if message.name == "Feature")
    feature.oneof_decl.add(name="kind")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tf_crnn.Example"))


_EXAMPLE = _example_class()
