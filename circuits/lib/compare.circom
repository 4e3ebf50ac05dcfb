pragma circom 2.1.0;

include "./bits.circom";

/// Comparison of two signed values: out = 1 if left > right, else 0; see circuits/src/primitives/compare.ts.
///
///   (1) bits[i] * bits[i] = bits[i]                                n rows
///   (2) sum of 2^i * bits[i] - 2^(n-1) = left - right - 1, out = bits[n-1]
///
/// @input left, right   signed; no witness exists unless -2^(n-1) <= left - right - 1 < 2^(n-1)
template Greater(n) {
    assert(n > 0 && n < 253);

    signal input left;
    signal input right;
    signal output out;

    component bits = Bits(n);
    bits.in <== left - right - 1 + (1 << (n - 1)); // (1), (2)
    out <== bits.bits[n - 1];
}

/// Whether a value is zero; see circuits/src/circuit.ts.
///
///   (1) in * inverse = 1 - out
///   (2) in * out = 0
///   (3) inverse * out = 0
///
/// (2) forces out = 0 for any other value; for zero (1) forces out = 1, and (3) leaves inverse one value.
template IsZero() {
    signal input in;
    signal output out;

    signal inverse <-- in != 0 ? 1 / in : 0;
    out <-- in == 0 ? 1 : 0;
    in * inverse === 1 - out; // (1)
    in * out === 0;           // (2)
    inverse * out === 0;      // (3)
}

/// One of two values: out = yes if condition is 1, no if it is 0; see circuits/src/primitives/select.ts.
///
///   (1) (yes - no) * condition = out - no
///
/// @input condition   0 or 1, by whoever made it
template Select() {
    signal input condition;
    signal input yes;
    signal input no;
    signal output out;

    out <== (yes - no) * condition + no; // (1)
}
