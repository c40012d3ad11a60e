/// The tables of a cyclic redundancy check, for eight bytes at a time ("slicing by eight"). The check is reflected, and
/// its initial value and its final XOR are all ones.
struct CRCTables<Value: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
    /// Eight tables of 256 entries each, concatenated.
    private let tables: [Value]
    private let polynomial: Value

    /// - Parameter polynomial: Its bits are reflected.
    init(polynomial: Value) {
        self.polynomial = polynomial
        var tables = [Value](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = Value(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ polynomial : value >> 1 }
            tables[byte] = value
        }
        for index in 256..<8 * 256 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(truncatingIfNeeded: previous & 255)]
        }
        self.tables = tables
    }

    @_specialize(where Value == UInt32)
    @_specialize(where Value == UInt64)
    func update(_ initial: Value, _ bytes: UnsafeRawBufferPointer) -> Value {
        unsafe tables.withUnsafeBufferPointer { tables in
            var value = ~initial
            var index = 0
            while index + 8 <= bytes.count {
                let word = unsafe UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                )
                let mixed = word ^ UInt64(truncatingIfNeeded: value)
                var next = unsafe tables[7 * 256 + Int(truncatingIfNeeded: mixed & 255)]
                next ^= unsafe tables[6 * 256 + Int(truncatingIfNeeded: mixed >> 8 & 255)]
                next ^= unsafe tables[5 * 256 + Int(truncatingIfNeeded: mixed >> 16 & 255)]
                next ^= unsafe tables[4 * 256 + Int(truncatingIfNeeded: mixed >> 24 & 255)]
                next ^= unsafe tables[3 * 256 + Int(truncatingIfNeeded: mixed >> 32 & 255)]
                next ^= unsafe tables[2 * 256 + Int(truncatingIfNeeded: mixed >> 40 & 255)]
                next ^= unsafe tables[256 + Int(truncatingIfNeeded: mixed >> 48 & 255)]
                next ^= unsafe tables[Int(truncatingIfNeeded: mixed >> 56)]
                value = next
                index += 8
            }
            while index < bytes.count {
                value = unsafe value >> 8 ^ tables[Int(truncatingIfNeeded: (value ^ Value(bytes[index])) & 255)]
                index += 1
            }
            return ~value
        }
    }

    /// The check of a concatenation, computed from the checks of its two parts.
    ///
    /// - Parameter length: The length of the second part in bytes.
    func combine(_ first: Value, _ second: Value, length: Int) -> Value {
        // Appending a zero bit multiplies by x. Squaring the factor repeatedly appends 2, 4, 8, … zero bits.
        var power = polynomialOfOneZeroBit
        for _ in 0..<3 { power = multiply(power, power) }
        var result = first
        var rest = length
        while rest > 0 {
            if rest & 1 == 1 { result = multiply(power, result) }
            power = multiply(power, power)
            rest >>= 1
        }
        return result ^ second
    }

    /// x, where the highest bit stands for x⁰.
    private var polynomialOfOneZeroBit: Value { 1 << (Value.bitWidth - 2) }

    /// The product modulo the polynomial.
    private func multiply(_ first: Value, _ second: Value) -> Value {
        var product: Value = 0
        var factor = second
        for bit in stride(from: Value.bitWidth - 1, through: 0, by: -1) {
            if first >> bit & 1 == 1 { product ^= factor }
            factor = factor & 1 == 1 ? factor >> 1 ^ polynomial : factor >> 1
        }
        return product
    }
}

extension CRCTables<UInt32> {
    static let crc32 = CRCTables(polynomial: 0xEDB8_8320)
    static let crc32c = CRCTables(polynomial: 0x82F6_3B78)
}

extension CRCTables<UInt64> {
    static let crc64nvme = CRCTables(polynomial: 0x9A6C_9329_AC4B_C9B5)
}
