/// An IPv4 or IPv6 block in CIDR notation, for `Fn::Cidr`.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html
struct AddressBlock: Equatable {
    /// The first address, with the bits behind the prefix cleared.
    private var address: UInt128
    private var prefixLength: Int
    /// 32 or 128.
    private var width: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]) else { return nil }
        if let address = Self.version4(parts[0]) {
            self.init(address: UInt128(address), prefixLength: length, width: 32)
        } else if let address = Self.version6(parts[0]) {
            self.init(address: address, prefixLength: length, width: 128)
        } else {
            return nil
        }
    }

    private init?(address: UInt128, prefixLength: Int, width: Int) {
        guard (0...width).contains(prefixLength) else { return nil }
        self.prefixLength = prefixLength
        self.width = width
        let hostBits = width - prefixLength
        self.address = hostBits == 128 ? 0 : (address >> UInt128(hostBits)) << UInt128(hostBits)
    }

    /// The first `count` blocks with `hostBits` bits for hosts; nil if so many do not fit.
    func subdivided(count: Int, hostBits: Int) -> [AddressBlock]? {
        guard hostBits >= 0, hostBits <= width - prefixLength else { return nil }
        let bits = width - prefixLength - hostBits
        guard bits >= 63 || count <= 1 << bits else { return nil }
        return (0..<count).compactMap { index in
            let offset = hostBits == 128 ? 0 : UInt128(index) << UInt128(hostBits)
            return AddressBlock(address: address | offset, prefixLength: width - hostBits, width: width)
        }
    }

    var text: String {
        "\(width == 32 ? Self.version4(address) : Self.version6(address))/\(prefixLength)"
    }

    // MARK: Addresses

    private static func version4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), part.allSatisfy(\.isNumber) else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }

    private static func version4(_ address: UInt128) -> String {
        stride(from: 24, through: 0, by: -8).map { String(UInt8(truncatingIfNeeded: address >> UInt128($0))) }
            .joined(separator: ".")
    }

    private static func version6(_ text: Substring) -> UInt128? {
        guard text.contains(":") else { return nil }
        var groups: [UInt16] = []
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        for (index, half) in halves.enumerated() {
            var own: [UInt16] = []
            for group in half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false) {
                guard group.count <= 4, group.first != "+", let value = UInt16(group, radix: 16) else { return nil }
                own.append(value)
            }
            if index == 1 {
                guard groups.count + own.count < 8 else { return nil }
                groups += Array(repeating: 0, count: 8 - groups.count - own.count)
            }
            groups += own
        }
        guard groups.count == 8 else { return nil }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }

    /// RFC 5952: lower case, and `::` for the longest run of zero groups.
    private static func version6(_ address: UInt128) -> String {
        let groups = stride(from: 112, through: 0, by: -16).map {
            UInt16(truncatingIfNeeded: address >> UInt128($0))
        }
        var longest = 0..<0
        var start = 0
        for index in 0...8 where index == 8 || groups[index] != 0 {
            if index - start > max(longest.count, 1) { longest = start..<index }
            start = index + 1
        }
        func text(_ groups: ArraySlice<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return text(groups[...]) }
        return "\(text(groups[..<longest.lowerBound]))::\(text(groups[longest.upperBound...]))"
    }
}

extension Arguments {
    /// The blocks of `Fn::Cidr`; nil if the block to divide has no value here.
    func addressBlocks() throws(TemplateError) -> [String]? {
        guard let arguments = call.argument.list, arguments.count == 3 else {
            throw wrong("an address block, a count and a number of host bits")
        }
        guard let text = try resolver.resolve(arguments[0], at: path / 0)?.text, !text.isEmpty else { return nil }
        guard let block = AddressBlock(text) else {
            throw error("“\(text)” is not an address block such as 10.0.0.0/16 or 2001:db8::/56.")
        }
        guard let count = Int(try self.text(arguments[1])), (1...256).contains(count),
            let hostBits = Int(try self.text(arguments[2])),
            let blocks = block.subdivided(count: count, hostBits: hostBits)
        else {
            throw error("\(text) cannot be divided like that: the count is 1 to 256, and the blocks have to fit.")
        }
        return blocks.map(\.text)
    }
}
