pragma circom 2.1.0;

include "./compare.circom";
include "./requantize.circom";

/// The greater of two signed values: out = left + max(0, right - left); see circuits/src/primitives/max.ts.
///
///   (1) out = left + RequantizeRelu(right - left)          n + 2 rows
///
/// @input left, right   signed; no witness exists unless -2^(n-1) <= right - left < 2^(n-1)
template Max(n) {
    signal input left;
    signal input right;
    signal output out;

    component gain = RequantizeRelu(n, 0);
    gain.sum <== right - left;
    out <== left + gain.out; // (1)
}

/// The greater of two values and its position, the left one of equals; see circuits/src/primitives/argmax.ts.
///
///   (1) isRight = Greater(right, left)                     n + 1 rows
///   (2) (right - left) * isRight = out - left
///   (3) (rightPosition - leftPosition) * isRight = position - leftPosition
///
/// @input left, right   signed, as Greater(n) takes them
template MaxAt(n) {
    signal input left;
    signal input right;
    signal input leftPosition;
    signal input rightPosition;
    signal output out;
    signal output position;

    component greater = Greater(n);
    greater.left <== right;
    greater.right <== left; // (1)
    out <== (right - left) * greater.out + left; // (2)
    position <== (rightPosition - leftPosition) * greater.out + leftPosition; // (3)
}
