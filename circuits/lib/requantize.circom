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

/// Rounding shift with saturation on both sides: out = min(max(floor((sum + half) / 2^shift), lo), lo + 2^k - 1);
/// see circuits/src/primitives/requantize.ts.
///
///   (1) bits[i] * bits[i] = bits[i]                                n rows
///   (2) sum of 2^i * bits[i] - 2^(n-1) = sum + half - lo * 2^shift
///   (3) over = 1 if one of the bits from shift + k to n - 2 is set: over' = over + bits[i] - over * bits[i]
///   (4) (2^k - 1 - v) * over = m - v with v = sum of 2^(i-shift) * bits[i], shift <= i < n-1
///   (5) m * bits[n-1] = out - lo
///
/// @input sum   signed; no witness exists unless -2^(n-1) <= sum + half - lo * 2^shift < 2^(n-1)
template RequantizeSaturated(n, shift, k, lo) {
    assert(shift >= 0 && k > 0 && n > shift + k + 1 && n < 253);

    signal input sum;
    signal output out;

    var half = shift == 0 ? 0 : 1 << (shift - 1);
    component bits = Bits(n);
    bits.in <== sum + half - lo * (1 << shift) + (1 << (n - 1)); // (1), (2)

    var v = 0;
    for (var i = shift; i < n - 1; i++) {
        v += bits.bits[i] * (1 << (i - shift));
    }
    signal over[n];
    over[shift + k] <== bits.bits[shift + k];
    for (var i = shift + k + 1; i < n - 1; i++) {
        over[i] <== over[i - 1] + bits.bits[i] - over[i - 1] * bits.bits[i]; // (3)
    }
    signal m <== (((1 << k) - 1) - v) * over[n - 2] + v; // (4)
    out <== m * bits.bits[n - 1] + lo; // (5)
}
