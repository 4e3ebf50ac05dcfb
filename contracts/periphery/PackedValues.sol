// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Packs a model's input values into words and unpacks its output words: the same layout as `circuits/src/packing.ts`.
/// @dev A word holds ⌊248 / bits⌋ values as offsets from the least one, the first value in the lowest bits. An output of `bits` bits is signed, so its
///      offset is from `-2^(bits-1)`. A model's manifest names `bits`, the input's `lo`, and how many values there are.
library PackedValues {
    /// @dev Bits of one packed word: 31 bytes, so that a word is always below the scalar field's order.
    uint256 internal constant WORD_BITS = 248;
    /// @dev Every value of an exact graph fits an int32.
    uint256 internal constant MAX_BITS = 32;

    /// @dev A value has 1 to {MAX_BITS} bits.
    error BitsInvalid(uint256 bits);
    error CountInvalid(uint256 count);
    /// @dev So many values take `needed` words.
    error WordCountWrong(uint256 actual, uint256 needed);
    /// @dev The word carries bits past its last value.
    error WordTooLarge(uint256 index, uint256 word);
    /// @dev The value must be from `lo` to `lo + 2^bits - 1`.
    error ValueOutOfRange(uint256 index, int256 value, int256 lo, uint256 bits);

    /// @notice The `count` signed values of packed output words.
    /// @dev Warning: words that a proof vouches for are well packed; words of other assurances need not be, so this checks them.
    function unpack(uint256[] memory words, uint256 count, uint256 bits)
        internal
        pure
        returns (int256[] memory values)
    {
        uint256 perWord = _checkWords(words, count, bits);
        values = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            values[i] = _valueIn(words[i / perWord], i % perWord, bits);
        }
    }

    /// @notice Place and value of the largest of `count` packed values; the first of equal ones.
    function argMax(uint256[] memory words, uint256 count, uint256 bits)
        internal
        pure
        returns (uint256 index, int256 value)
    {
        uint256 perWord = _checkWords(words, count, bits);
        value = _valueIn(words[0], 0, bits);
        for (uint256 i = 1; i < count; ++i) {
            int256 other = _valueIn(words[i / perWord], i % perWord, bits);
            if (other > value) (index, value) = (i, other);
        }
    }

    /// @notice Input values as words: `value - lo` in `bits` bits each.
    function pack(int256[] memory values, int256 lo, uint256 bits) internal pure returns (uint256[] memory words) {
        uint256 perWord = _valuesPerWord(bits);
        if (values.length == 0) revert CountInvalid(0);
        words = new uint256[]((values.length + perWord - 1) / perWord);
        for (uint256 i = 0; i < values.length; ++i) {
            int256 value = values[i];
            // The difference fits: both are far inside an int256 wherever the check passes, and an overflow reverts.
            if (value < lo || uint256(value - lo) >> bits != 0) revert ValueOutOfRange(i, value, lo, bits);
            words[i / perWord] |= uint256(value - lo) << (bits * (i % perWord));
        }
    }

    function _valuesPerWord(uint256 bits) private pure returns (uint256 count) {
        if (bits == 0 || bits > MAX_BITS) revert BitsInvalid(bits);
        return WORD_BITS / bits;
    }

    function _checkWords(uint256[] memory words, uint256 count, uint256 bits) private pure returns (uint256 perWord) {
        perWord = _valuesPerWord(bits);
        if (count == 0) revert CountInvalid(count);
        uint256 needed = (count + perWord - 1) / perWord;
        if (words.length != needed) revert WordCountWrong(words.length, needed);
        for (uint256 i = 0; i < needed; ++i) {
            uint256 here = i + 1 < needed ? perWord : count - i * perWord;
            if (words[i] >> (bits * here) != 0) revert WordTooLarge(i, words[i]);
        }
    }

    function _valueIn(uint256 word, uint256 slot, uint256 bits) private pure returns (int256 value) {
        // Narrowing is safe: at most 32 bits.
        return int256(word >> (bits * slot) & ((1 << bits) - 1)) - int256(1 << (bits - 1));
    }
}
