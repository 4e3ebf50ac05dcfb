pragma circom 2.1.0;

include "./bits.circom";

/// An entry of a table of constants, by pairs: out = table[index]; see circuits/src/primitives/lookup.ts, where the lowest bits
/// go by products instead, and gather.ts, where entries are signals.
///
///   (1) index = sum of 2^i * bits[i], bits[i] * bits[i] = bits[i]
///   (2) next = left + bits[i] * (right - left) for each pair of the round i
///
/// @input index   no witness exists unless 0 <= index < 2^n
template Choose(n) {
    assert(n > 0 && n < 20);

    signal input index;
    signal input entries[1 << n];
    signal output out;

    component bits = Bits(n);
    bits.in <== index; // (1)

    signal round[n + 1][1 << n];
    for (var j = 0; j < (1 << n); j++) {
        round[0][j] <== entries[j];
    }
    for (var i = 0; i < n; i++) {
        for (var j = 0; j < (1 << (n - 1 - i)); j++) {
            round[i + 1][j] <== bits.bits[i] * (round[i][2 * j + 1] - round[i][2 * j]) + round[i][2 * j]; // (2)
        }
        for (var j = 1 << (n - 1 - i); j < (1 << n); j++) {
            round[i + 1][j] <== 0;
        }
    }
    out <== round[n][0];
}
