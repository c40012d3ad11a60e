extension SQSAPI {
    func createQueue(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let name = try parameters.requiredString("QueueName")
        let attributes = try parameters.texts("Attributes")
        let isFIFO = name.hasSuffix(".fifo")
        guard Self.isValid(name) else {
            throw .invalidParameter(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
            )
        }
        if isFIFO, attributes["FifoQueue"]?.lowercased() != "true" {
            throw .invalidParameter("The name of a FIFO queue can only be used with the attribute FifoQueue.")
        }
        if !isFIFO, attributes["FifoQueue"]?.lowercased() == "true" {
            throw .invalidParameter(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
                    + "with .fifo suffix and be 1 to 80 in length"
            )
        }
        var settings = QueueSettings(isFIFO: isFIFO)
        try settings.set(attributes, isNew: true)
        settings.tags = try parameters.texts("tags")
        try checkDeadLetterTarget(settings)
        let newSettings = settings
        let (queue, isNew) = try await attempt { try service.create(name, newSettings) }
        if !isNew {
            let existing = await queue.settings.attributes
            let requested = newSettings.attributes
            for attribute in attributes.keys.sorted() where existing[attribute] != requested[attribute] {
                throw .queueExists(attribute)
            }
        }
        return QueueURLOutput(url: service.url(of: name))
    }

    private static func isValid(_ name: String) -> Bool {
        let stem = name.hasSuffix(".fifo") ? name.dropLast(5) : name[...]
        return (1...80).contains(name.utf8.count) && !stem.isEmpty && stem.utf8.allSatisfy(\.isNameByte)
    }

    private func checkDeadLetterTarget(_ settings: QueueSettings) throws(SQSError) {
        guard let target = settings.redrivePolicy?.deadLetterTarget else { return }
        guard let queue = service.queue(arn: target) else {
            throw .invalidParameter(
                target,
                of: "RedrivePolicy",
                reason: "Dead letter target does not exist."
            )
        }
        guard queue.name.hasSuffix(".fifo") == settings.isFIFO else {
            throw .invalidParameter(
                target,
                of: "RedrivePolicy",
                reason: "Dead-letter queue must be same type of queue as the source."
            )
        }
    }

    func deleteQueue(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        await service.delete(try queue(parameters))
        return EmptyOutput()
    }

    func listQueues(_ parameters: SQSParameters) throws(SQSError) -> some SQSOutput {
        let prefix = try parameters.string("QueueNamePrefix") ?? ""
        let names = service.all.map(\.name).filter { $0.hasPrefix(prefix) }
        return ListQueuesOutput(page: try page(of: names.map(service.url), parameters))
    }

    /// The page of URLs that `NextToken` requests, with up to `MaxResults` URLs.
    private func page(of urls: [String], _ parameters: SQSParameters) throws(SQSError) -> URLPage {
        let limit = try parameters.integer("MaxResults", in: 1...1_000)
        let token = try parameters.string("NextToken")
        guard let start = token.map({ Int($0) }) ?? 0, start >= 0 else {
            throw .invalidParameter("Invalid or expired next token.")
        }
        let page = Array(urls.dropFirst(start).prefix(limit ?? 1_000))
        let hasNext = limit != nil && start + page.count < urls.count
        return URLPage(urls: page, nextToken: hasNext ? "\(start + page.count)" : nil)
    }

    func queueURL(_ parameters: SQSParameters) throws(SQSError) -> some SQSOutput {
        let name = try parameters.requiredString("QueueName")
        let owner = try parameters.string("QueueOwnerAWSAccountId")
        guard owner == nil || owner == service.accountID, service.queue(named: name) != nil else {
            throw .nonExistentQueue
        }
        return QueueURLOutput(url: service.url(of: name))
    }

    func attributes(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        let names = try parameters.strings("AttributeNames")
        for name in names where !QueueSettings.attributeNames.contains(name) { throw .invalidAttributeName(name) }
        let settings = await queue.settings
        let counts = await queue.counts()
        var attributes = settings.attributes
        attributes["ApproximateNumberOfMessages"] = "\(counts.visible)"
        attributes["ApproximateNumberOfMessagesNotVisible"] = "\(counts.inFlight)"
        attributes["ApproximateNumberOfMessagesDelayed"] = "\(counts.delayed)"
        attributes["CreatedTimestamp"] = "\(settings.createdAt / 1_000)"
        attributes["LastModifiedTimestamp"] = "\(settings.modifiedAt / 1_000)"
        attributes["QueueArn"] = queue.arn
        let shown = attributes.filter { names.contains("All") || names.contains($0.key) }
            .sorted { $0.key < $1.key }
            .map { (key: $0.key, value: $0.value) }
        return GetQueueAttributesOutput(attributes: shown)
    }

    func setAttributes(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        let attributes = try parameters.texts("Attributes")
        guard !attributes.isEmpty else { throw .missing("Attributes") }
        // Checked on a copy first, so that an invalid value changes nothing.
        var settings = await queue.settings
        try settings.set(attributes, isNew: false)
        try checkDeadLetterTarget(settings)
        try await attempt {
            try await queue.update { settings in try? settings.set(attributes, isNew: false) }
        }
        return EmptyOutput()
    }

    func purge(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        try await attempt { try await queue.purge() }
        return EmptyOutput()
    }

    func deadLetterSources(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let target = try queue(parameters)
        var sources: [String] = []
        for queue in service.all where await queue.settings.redrivePolicy?.deadLetterTarget == target.arn {
            sources.append(service.url(of: queue.name))
        }
        return ListDeadLetterSourceQueuesOutput(page: try page(of: sources, parameters))
    }

    func tag(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let queue = try queue(parameters)
        let added = try parameters.texts("Tags")
        let removed = try parameters.strings("TagKeys")
        try await attempt {
            try await queue.update { settings in
                settings.tags.merge(added) { $1 }
                for key in removed { settings.tags[key] = nil }
            }
        }
        return EmptyOutput()
    }

    func tags(_ parameters: SQSParameters) async throws(SQSError) -> some SQSOutput {
        let tags = await (try queue(parameters)).settings.tags.sorted { $0.key < $1.key }
            .map { (key: $0.key, value: $0.value) }
        return ListQueueTagsOutput(tags: tags)
    }
}
