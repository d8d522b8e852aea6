import numpy as np
import pytest

from stance.classifier.packing import is_packed, pack, unpack
from stance.errors import ModelError


@pytest.fixture
def weights():
    draw = np.random.default_rng(3)
    matrix = draw.normal(size=(90, 64)).astype(np.float32)
    matrix[7] = 0.0
    matrix[8] *= 1000  # one loud row must not blur the others
    matrix[9, 40] = 50.0  # nor one loud weight the other half of its row
    return {"layer.weight": matrix, "layer.bias": draw.normal(size=64).astype(np.float32)}


def test_a_weight_is_off_by_at_most_half_a_step_of_its_block(tmp_path, weights):
    pack(weights, tmp_path)
    found = unpack(tmp_path)
    assert found.keys() == weights.keys()
    half_step = np.abs(weights["layer.weight"].reshape(90, 2, 32)).max(axis=2).repeat(32, axis=1) / 254
    assert (np.abs(found["layer.weight"] - weights["layer.weight"]) <= half_step * 1.001).all()
    assert (found["layer.weight"][7] == 0).all()
    np.testing.assert_array_equal(found["layer.bias"], weights["layer.bias"])
    assert all(values.dtype == np.float32 for values in found.values())


def test_packed_weights_take_little_more_than_a_quarter(tmp_path):
    big = {"w": np.ones((1000, 960), dtype=np.float32)}
    (file,) = pack(big, tmp_path)
    assert file.stat().st_size < 4_000 * 960 * 0.285


def test_rows_that_do_not_divide_into_blocks_have_one_scale(tmp_path):
    odd = np.random.default_rng(1).normal(size=(100, 50)).astype(np.float32)
    pack({"w": odd}, tmp_path)
    half_step = np.abs(odd).max(axis=1, keepdims=True) / 254
    assert (np.abs(unpack(tmp_path)["w"] - odd) <= half_step * 1.001).all()


def test_parts_stay_under_the_largest_file_and_are_read_together(tmp_path, weights):
    many = {f"{i}.weight": weights["layer.weight"] + i for i in range(5)}
    files = pack(many, tmp_path, largest_file=15_000)
    assert [file.name for file in files] == [f"packed-{n}-of-3.safetensors" for n in (1, 2, 3)]
    assert sorted(unpack(tmp_path)) == sorted(many)


def test_packing_twice_is_the_same_to_the_byte_and_again_from_what_was_unpacked(tmp_path, weights):
    for name, given in (("one", weights), ("two", dict(reversed(weights.items())))):
        (tmp_path / name).mkdir()
        pack(given, tmp_path / name)
    (tmp_path / "three").mkdir()
    pack(unpack(tmp_path / "one"), tmp_path / "three")
    one, two = ((tmp_path / n / "packed-1-of-1.safetensors").read_bytes() for n in ("one", "two"))
    assert one == two
    for name, values in unpack(tmp_path / "three").items():
        np.testing.assert_allclose(values, unpack(tmp_path / "one")[name], rtol=1e-6)


def test_a_folder_with_whole_weights_is_not_packed(tmp_path, weights):
    assert not is_packed(tmp_path)
    pack(weights, tmp_path)
    assert is_packed(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert not is_packed(tmp_path)


def test_a_missing_part_is_named(tmp_path, weights):
    many = {f"{i}.weight": weights["layer.weight"] for i in range(5)}
    pack(many, tmp_path, largest_file=15_000)[1].unlink()
    with pytest.raises(ModelError, match="2 packed files of 3: copy the whole folder"):
        unpack(tmp_path)


def test_a_damaged_part_is_named(tmp_path, weights):
    (file,) = pack(weights, tmp_path)
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelError, match=r"packed-1-of-1\.safetensors: damaged"):
        unpack(tmp_path)


def test_a_matrix_without_its_scale_is_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"w": np.ones((2, 2), dtype=np.int8)}, tmp_path / "packed-1-of-1.safetensors")
    with pytest.raises(ModelError, match="no scale for 'w'"):
        unpack(tmp_path)


def test_broken_weights_and_taken_names_are_refused(tmp_path):
    with pytest.raises(ValueError, match="weight 'w' holds values that are not finite"):
        pack({"w": np.full((2, 2), np.nan)}, tmp_path)
    with pytest.raises(ValueError, match="names that end in"):
        pack({"w.scale": np.ones(2)}, tmp_path)
