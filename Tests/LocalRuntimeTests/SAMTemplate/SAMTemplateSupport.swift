import FoundationEssentials
import SAMTemplate

/// Resolves a template that is passed as text.
func application(
    _ template: String,
    parameters: [String: String] = [:],
    _ change: (inout ResolutionSettings) -> Void = { _ in }
) throws -> Application {
    var settings = ResolutionSettings()
    settings.parameters = parameters
    change(&settings)
    return try TemplateReader(text: template).application(settings)
}

/// The value of an output with the given expression, in a template with parameters, mappings, conditions and resources.
func evaluated(_ expression: String, parameters: [String: String] = [:]) throws -> String? {
    let template = """
        Parameters:
          Name: {Type: String, Default: ada}
          Count: {Type: Number, Default: 3}
          Zones: {Type: CommaDelimitedList, Default: "a, b ,c"}
        Mappings:
          Sizes:
            us-east-1: {small: 128, large: [1, 2]}
        Conditions:
          IsAda: !Equals [!Ref Name, ada]
          IsMany: !Not [!Equals [!Ref Count, "3"]]
          IsBoth: !And [!Condition IsAda, !Condition IsMany]
          IsEither: !Or [!Condition IsAda, !Condition IsMany]
        Resources:
          Function:
            Type: AWS::Lambda::Function
            Properties: {Handler: h, Runtime: provided.al2023, FunctionName: greeter}
          Bucket:
            Type: AWS::S3::Bucket
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties: {ProtocolType: HTTP, Target: !GetAtt Function.Arn}
        Outputs:
          It:
            Value: \(expression)
        """
    return try application(template, parameters: parameters).outputs["It"]
}

/// A file of the project.
func projectFile(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appending(path: path)
}
