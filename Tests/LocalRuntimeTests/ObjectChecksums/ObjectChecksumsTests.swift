import ByteEncodings
import ObjectChecksums
import Testing

@Suite struct ObjectChecksumsTests {
    private static let check = Array("123456789".utf8)

    /// The values are those of https://reveng.sourceforge.io/crc-catalogue/all.htm and of sha1sum and sha256sum.
    @Test(arguments: [
        (ChecksumAlgorithm.crc32, "cbf43926"), (.crc32c, "e3069283"), (.crc64nvme, "ae8b14860a799888"),
        (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ])
    func computesTheKnownValue(algorithm: ChecksumAlgorithm, expected: String) {
        var checksum = Checksum(algorithm)
        checksum.update(Self.check)
        #expect(Hexadecimal.encode(checksum.value.bytes) == expected)
        #expect(ChecksumValue(algorithm, base64: checksum.value.base64) == checksum.value)
    }

    @Test(arguments: ChecksumAlgorithm.allCases)
    func theResultDoesNotDependOnTheChunks(algorithm: ChecksumAlgorithm) {
        let bytes = Self.noise(200)
        let whole = value(algorithm, bytes)
        for split in bytes.indices {
            var checksum = Checksum(algorithm)
            checksum.update(Array(bytes[..<split]))
            checksum.update(Array(bytes[split...]))
            #expect(checksum.value == whole)
        }
    }

    @Test(arguments: [ChecksumAlgorithm.crc32, .crc32c, .crc64nvme])
    func combinesTheChecksumsOfParts(algorithm: ChecksumAlgorithm) {
        let bytes = Self.noise(5_000)
        let whole = value(algorithm, bytes)
        for cuts in [[0, 5_000], [1, 2], [8, 4_999], [2_500, 2_500], [1_000, 3_333]] {
            let parts = [bytes[..<cuts[0]], bytes[cuts[0]..<cuts[1]], bytes[cuts[1]...]].map(Array.init)
            #expect(ChecksumValue.combined(parts.map { (value(algorithm, $0), $0.count) }) == whole)
        }
    }

    @Test func cannotCombineHashes() {
        #expect(ChecksumValue.combined([(value(.sha256, []), 0)]) == nil)
        #expect(ChecksumValue.combined([(value(.crc32, []), 0), (value(.crc32c, []), 0)]) == nil)
        #expect(ChecksumValue.combined([]) == nil)
    }

    @Test func computesCompositeChecksums() {
        let parts = [value(.sha256, [1]), value(.sha256, [2])]
        #expect(ChecksumValue.composite(of: parts) == value(.sha256, parts.flatMap(\.bytes)))
        #expect(ChecksumValue.composite(of: [value(.crc64nvme, [1])]) == nil)
        #expect(ChecksumValue.composite(of: []) == nil)
    }

    @Test func usesTheNamesOfS3() {
        #expect(ChecksumAlgorithm(name: "crc32c") == .crc32c)
        #expect(ChecksumAlgorithm(headerName: "X-Amz-Checksum-CRC64NVME") == .crc64nvme)
        #expect(ChecksumAlgorithm(headerName: "x-amz-checksum-type") == nil)
        #expect(ChecksumAlgorithm.sha1.elementName == "ChecksumSHA1")
    }

    @Test(arguments: ["", "AAAA", "AAAAAA==AA", "AAAAAAA=", "not base64"])
    func refusesInvalidValues(text: String) {
        #expect(ChecksumValue(.crc32, base64: text) == nil)
    }

    private func value(_ algorithm: ChecksumAlgorithm, _ bytes: [UInt8]) -> ChecksumValue {
        var checksum = Checksum(algorithm)
        checksum.update(bytes)
        return checksum.value
    }

    private static func noise(_ count: Int) -> [UInt8] {
        var state: UInt32 = 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
    }
}
