import ArgumentParser

@main
struct LocalRuntimeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "LocalRuntime",
        abstract: "Runs a SAM or CloudFormation template on this machine.",
        discussion: """
            LocalRuntime emulates API Gateway (WebSocket and HTTP APIs), Lambda, S3, SQS and schedules for the \
            resources of a template. It starts the executables of functions on demand, and a private Postgres and Redis.

            The first port serves clients: the APIs of the template, and under /_local/ a console, development tokens \
            and health checks. The second port serves functions: the AWS services, with Signature Version 4.

            A function's executable is `bootstrap` in the folder that CodeUri names, or the SwiftPM product that \
            Handler names. After it has changed on disk, the next invocation runs the new version.
            """,
        subcommands: [RunCommand.self, ServicesCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
