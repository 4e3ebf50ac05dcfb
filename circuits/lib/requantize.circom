pragma circom 2.1.0;

include "./bits.circom";

/// Rounding shift with ReLU: out = max(0, floor((sum + half) / 2^shift)) with half = 2^(shift-1), or 0 when shift is 0;
/// see circuits/src/primitives/requantize.ts.
///
///   (1) bits[i] * bits[i] = bits[i]                        n rows
///   (2) sum of 2^i * bits[i] - 2^(n-1) = sum + half
///   (3) bits[n-1] * (sum of 2^(i-shift) * bits[i], shift <= i < n-1) = out
///
/// @input sum   signed; no witness exists unless -2^(n-1) <= sum + half < 2^(n-1)
template RequantizeRelu(n, shift) {
    assert(shift >= 0 && n > shift + 1 && n < 253);

    signal input sum;
    signal output out;

    var half = shift == 0 ? 0 : 1 << (shift - 1);
    component bits = Bits(n);
    bits.in <== sum + half + (1 << (n - 1)); // (1), (2)

    var shifted = 0;
    for (var i = shift; i < n - 1; i++) {
        shifted += bits.bits[i] * (1 << (i - shift));
    }
    out <== bits.bits[n - 1] * shifted; // (3)
}
