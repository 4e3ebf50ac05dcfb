pragma circom 2.1.0;

/// Unsigned value from bits, lowest first; see circuits/src/primitives/bits.ts.
///
///   (1) bits[i] * bits[i] = bits[i]
///   (2) in = sum of 2^i * bits[i]
///
/// @input in   no witness exists unless 0 <= in < 2^n
template Bits(n) {
    assert(n > 0 && n < 253); // (2) cannot wrap around the field

    signal input in;
    signal output bits[n];

    var sum = 0;
    for (var i = 0; i < n; i++) {
        bits[i] <-- (in >> i) & 1;
        bits[i] * bits[i] === bits[i]; // (1)
        sum += bits[i] * (1 << i);
    }
    sum === in; // (2)
}
