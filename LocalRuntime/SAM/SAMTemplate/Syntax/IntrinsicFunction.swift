/// A call of an intrinsic function, in its long form: a map whose only field is the function's name.
///
/// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
struct IntrinsicCall {
    enum Function: String {
        case ref = "Ref"
        case getAttribute = "Fn::GetAtt"
        case substitute = "Fn::Sub"
        case join = "Fn::Join"
        case split = "Fn::Split"
        case select = "Fn::Select"
        case findInMap = "Fn::FindInMap"
        case base64 = "Fn::Base64"
        case availabilityZones = "Fn::GetAZs"
        case length = "Fn::Length"
        case jsonString = "Fn::ToJsonString"
        case ifCondition = "Fn::If"
        case equals = "Fn::Equals"
        case and = "Fn::And"
        case or = "Fn::Or"
        case not = "Fn::Not"
        case importValue = "Fn::ImportValue"
        case cidr = "Fn::Cidr"
        case transform = "Fn::Transform"
    }

    var name: String
    /// Nil for an unknown name that starts with `Fn::`.
    var function: Function?
    var argument: TemplateValue

    init?(_ value: TemplateValue) {
        guard let field = value.map?.only, field.name == "Ref" || field.name.hasPrefix("Fn::") else { return nil }
        self.name = field.name
        self.function = Function(rawValue: field.name)
        self.argument = field.value
    }
}
