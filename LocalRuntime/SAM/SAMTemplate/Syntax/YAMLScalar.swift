/// A plain scalar as CloudFormation reads it: by YAML 1.1, in which `17:00` and `0123` are numbers.
///
/// A number that is used as a string becomes the number's own text, `1020` and `83`. Dates remain text.
///
/// - https://yaml.org/type/int.html
/// - https://yaml.org/type/float.html
/// - https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
struct YAMLScalar: Hashable {
    var content: TemplateValue.Content
    /// Whether AWS's documentation does not determine the value.
    var isAssumption = false

    init(content: TemplateValue.Content, isAssumption: Bool = false) {
        self.content = content
        self.isAssumption = isAssumption
    }

    init(_ text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": content = .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": content = .boolean(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": content = .boolean(false)
        default:
            content = .string(text)
            guard let first = text.utf8.first, first < UInt8(ascii: ":"), text.utf8.count <= 64 else { return }
            readNumber(text)
        }
    }

    private mutating func readNumber(_ text: String) {
        var digits = Substring(text)
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits.removeFirst() }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ Self.isNumberByte($0) }) else { return }
        let sign = isNegative ? "-" : ""
        if let integer = Self.integer(digits) {
            content = .number(integer == "0" ? "0" : sign + integer)
        } else if digits.first == ".", text.first != "." {
            // A float that begins with its point has no sign.
            return
        } else if let float = Self.float(digits) {
            set(isNegative ? -float : float)
        } else if digits.first == "0", digits.utf8.allSatisfy(\.isDigit) {
            // No octal number. Account ids are reported to lose their leading zeros.
            content = .number(sign + String(digits.drop { $0 == "0" }))
            isAssumption = true
        } else if let float = Self.floatWithoutPoint(digits) {
            set(isNegative ? -float : float)
            isAssumption = true
        }
    }

    // MARK: Integers

    private static func integer(_ digits: Substring) -> String? {
        guard !digits.contains(".") else { return nil }
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 1 {
            guard let first = digits.utf8.first, first.isDigit, first != UInt8(ascii: "0") else { return nil }
            return sexagesimal(parts).flatMap { Int(exactly: $0) }.map { "\($0)" }
        }
        if digits.hasPrefix("0b") { return number(digits.dropFirst(2), radix: 2) }
        if digits.hasPrefix("0x") { return number(digits.dropFirst(2), radix: 16) }
        guard digits != "0" else { return "0" }
        if digits.hasPrefix("0") { return number(digits.dropFirst(), radix: 8) }
        guard digits.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "_") }), digits.first != "_" else { return nil }
        return digits.filter { $0 != "_" }
    }

    private static func number(_ digits: Substring, radix: Int) -> String? {
        let digits = digits.filter { $0 != "_" }
        guard digits.first != "-", digits.first != "+" else { return nil }
        return UInt64(digits, radix: radix).map { "\($0)" }
    }

    /// A number to the base 60, of which all parts but the first are below 60.
    private static func sexagesimal(_ parts: [Substring]) -> Double? {
        var sum = 0.0
        for (index, part) in parts.enumerated() {
            let isFirst = index == 0
            guard let value = Double(part.filter { $0 != "_" }), part.utf8.first?.isDigit == true,
                isFirst || part.prefix(while: { $0 != "." }).utf8.count <= 2 && value < 60,
                isFirst || part.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") })
            else { return nil }
            sum = sum * 60 + value
        }
        return sum
    }

    // MARK: Floats

    /// A number with a decimal point, and a signed exponent if any.
    private static func float(_ digits: Substring) -> Double? {
        guard let point = digits.firstIndex(of: "."), digits.utf8.count > 1 else { return nil }
        let parts = digits.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 1 { return sexagesimal(parts) }
        let exponent = digits.firstIndex { $0 == "e" || $0 == "E" }
        if let exponent {
            guard exponent > point, let next = digits[exponent...].dropFirst().first, next == "-" || next == "+" else {
                return nil
            }
        }
        let fraction = digits[point...].dropFirst().prefix { $0 != "e" && $0 != "E" }
        guard digits.first != "_", point > digits.startIndex || fraction.first.map({ $0 != "_" }) == true else {
            return nil
        }
        return Double(digits.filter { $0 != "_" })
    }

    /// `12345e67` and `1.5e3`, which YAML 1.2 and JSON, but not YAML 1.1, have as numbers.
    private static func floatWithoutPoint(_ digits: Substring) -> Double? {
        guard digits.contains(where: { $0 == "e" || $0 == "E" }), digits.utf8.first?.isDigit == true,
            !digits.contains("_")
        else { return nil }
        return Double(digits)
    }

    /// The text of a floating-point number in Java, which changes to an exponent for very large and small ones.
    private mutating func set(_ float: Double) {
        guard float.isFinite else {
            isAssumption = true
            return content = .string(float < 0 ? "-Infinity" : "Infinity")
        }
        let size = float.magnitude
        guard size != 0, size < 1e-3 || size >= 1e7 else { return content = .number("\(float)") }
        isAssumption = true
        content = .number(Self.scientific(float))
    }

    /// `1.2345E71`.
    private static func scientific(_ float: Double) -> String {
        let text = "\(float.magnitude)"
        let parts = text.split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let whole = parts[0].prefix { $0 != "." }
        let fraction = parts[0].dropFirst(whole.count + 1)
        let digits = (whole + fraction).drop { $0 == "0" }
        let leadingZeros = whole.count + fraction.count - digits.count
        var rest = String(digits.dropFirst())
        while rest.last == "0" { rest.removeLast() }
        let power = exponent + whole.count - 1 - leadingZeros
        return "\(float < 0 ? "-" : "")\(digits.prefix(1)).\(rest.isEmpty ? "0" : rest)E\(power)"
    }

    private static func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "x"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
