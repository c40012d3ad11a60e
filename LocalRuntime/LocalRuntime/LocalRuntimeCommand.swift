import ArgumentParser

@main
struct LocalRuntimeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "LocalRuntime",
        abstract: "Runs a SAM or CloudFormation template on this machine.",
        discussion: """
            LocalRuntime is API Gateway (WebSocket and HTTP APIs), the Lambda Runtime API and the Invoke API for the \
            functions of a template. It starts their executables when they are needed, and a private Postgres and \
            Redis beside them.

            On the first port is what the internet would see: the APIs of the template, and under /_local/ a console, \
            development tokens and health. On the second is what functions see: the AWS services, behind \
            Signature Version 4.

            A function's executable is `bootstrap` in the folder that CodeUri names, or the SwiftPM product that \
            Handler names. When it changes on disk, the next invocation uses the new one.
            """,
        subcommands: [RunCommand.self, ServicesCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
