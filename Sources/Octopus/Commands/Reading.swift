import OctopusRecords
import RESP

extension OctopusClient.Command {
  /// ``OctopusClient/get(_:)`` as a value.
  public static func get(_ query: Query) -> Self where Value == Record? {
    Self(words("GET") + [query.text]) { (reply) throws(OctopusError) in
      try reply.asOptional { (reply) throws(OctopusError) in try reply.asRecord() }
    }
  }

  /// ``OctopusClient/names(_:limit:after:)`` as a value.
  ///
  /// - Complexity: constant; running it costs as much as the method.
  public static func names(
    _ query: Query, limit: Int? = nil, after: String? = nil
  ) -> Self where Value == [String] {
    Self(words("NAMES") + [query.text] + page(limit, after)) { (reply) throws(OctopusError) in
      try reply.asArray { (reply) throws(OctopusError) in try reply.asName() }
    }
  }

  /// ``OctopusClient/find(_:limit:after:)`` as a value.
  ///
  /// - Complexity: constant; running it costs as much as the method.
  public static func find(
    _ query: Query, limit: Int? = nil, after: String? = nil
  ) -> Self where Value == [Record] {
    Self(words("FIND") + [query.text] + page(limit, after)) { (reply) throws(OctopusError) in
      try reply.asArray { (reply) throws(OctopusError) in try reply.asRecord() }
    }
  }

  /// ``OctopusClient/count(_:)`` as a value.
  public static func count(_ query: Query) -> Self where Value == Int {
    Self(words("COUNT") + [query.text]) { (reply) throws(OctopusError) in try reply.asInteger() }
  }

  /// Whether a record matches, as a value.
  public static func exists(_ query: Query) -> Self where Value == Bool {
    Self(words("EXISTS") + [query.text]) { (reply) throws(OctopusError) in
      try reply.asInteger() > 0
    }
  }

  /// How many of these queries have a match, as a value.
  ///
  /// - Complexity: constant; running it costs as much as the method.
  public static func exists(_ queries: [Query]) -> Self where Value == Int {
    Self(words("EXISTS") + queries.map(\.text)) { (reply) throws(OctopusError) in
      try reply.asInteger()
    }
  }

  static func page(_ limit: Int?, _ after: String?) -> [[UInt8]] {
    (limit.map { words("LIMIT", "\($0)") } ?? [])
      + (after.map { words("AFTER") + [Record.nameText(of: $0)] } ?? [])
  }
}

extension Record {
  /// The name as it stands in the record's text.
  var nameText: [UInt8] {
    withContents { contents in
      var text: [UInt8] = []
      text.append(name: contents.name)
      return text
    }
  }

  /// A plain name in text form.
  static func nameText(of name: String) -> [UInt8] {
    var text: [UInt8] = []
    Array(name.utf8).withUnsafeBufferPointer { text.append(name: $0) }
    return text
  }
}

extension OctopusClient {
  /// The first record that matches, in natural order of names; nil if none does.
  ///
  /// ```swift
  /// if let leader = try await octopus.get("leader") { print(leader["addr"]?.text ?? "?") }
  /// ```
  ///
  /// - Throws: `refused` with `syntax`, `badRegex`, `tooBig` or `limit`; what every call can throw.
  /// - Complexity: O(1) for a name; otherwise O(*c*) in the candidates that ``explain(_:)`` shows.
  public func get(_ query: Query) async throws(OctopusError) -> Record? {
    do throws(OctopusError) {
      return try await run(.get(query))
    } catch {
      guard error.code == .limit else { throw error }
      return try await find(query, limit: 1).first
    }
  }

  /// The names of all records that match, in natural order. Names are plain: to ask for one,
  /// interpolate it.
  ///
  /// ```swift
  /// for name in try await octopus.names("r'^service\\.'") {
  ///   print(name, try await octopus.get("\(name)") as Any)
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - query: which records.
  ///   - limit: how many at most.
  ///   - after: only names that come after this one, which need not exist.
  /// - Throws: as ``get(_:)``.
  /// - Complexity: O(*c* + *k*) in the candidates that ``explain(_:)`` shows and the results.
  public func names(
    _ query: Query, limit: Int? = nil, after: String? = nil
  ) async throws(OctopusError) -> [String] {
    do throws(OctopusError) {
      return try await run(.names(query, limit: limit, after: after))
    } catch {
      guard error.code == .limit else { throw error }
      return try await inPages(limit: limit, after: after) {
        .namesPage(query, limit: $0, after: $1)
      }
    }
  }

  /// All records that match, in natural order of names.
  ///
  /// ```swift
  /// let network = try await octopus.find("_ { class: 'net', speed >= 1000 }", limit: 10)
  /// ```
  ///
  /// A result that would take the server more than one step is fetched in pages: then it shows
  /// records of different moments. To give them out as they come, see ``pages(_:size:)``.
  ///
  /// - Parameters:
  ///   - query: which records.
  ///   - limit: how many at most.
  ///   - after: only records whose names come after this one, which need not exist.
  /// - Throws: as ``get(_:)``.
  /// - Complexity: O(*c* + *k*) in the candidates that ``explain(_:)`` shows and the results.
  public func find(
    _ query: Query, limit: Int? = nil, after: String? = nil
  ) async throws(OctopusError) -> [Record] {
    do throws(OctopusError) {
      return try await run(.find(query, limit: limit, after: after))
    } catch {
      guard error.code == .limit else { throw error }
      return try await inPages(limit: limit, after: after) {
        .findPage(query, limit: $0, after: $1)
      }
    }
  }

  /// How many records match.
  ///
  /// ```swift
  /// let idle = try await octopus.count("r'^worker_' { state: 'idle' }")
  /// ```
  ///
  /// - Throws: as ``get(_:)``.
  /// - Complexity: as ``get(_:)``.
  public func count(_ query: Query) async throws(OctopusError) -> Int {
    do throws(OctopusError) {
      return try await run(.count(query))
    } catch {
      guard error.code == .limit else { throw error }
      return try await countInPages(query)
    }
  }

  /// Whether a record matches.
  ///
  /// ```swift
  /// if try await octopus.exists("service.pci { state: 'ready' }") { … }
  /// ```
  ///
  /// - Throws: as ``get(_:)``.
  /// - Complexity: as ``get(_:)``.
  public func exists(_ query: Query) async throws(OctopusError) -> Bool {
    do throws(OctopusError) {
      return try await run(.exists(query))
    } catch {
      guard error.code == .limit else { throw error }
      return try await find(query, limit: 1).first != nil
    }
  }

  /// How many of these queries have a match, all seen in one step.
  ///
  /// ```swift
  /// let isComplete = try await octopus.exists(["service.pci", "service.usb"]) == 2
  /// ```
  ///
  /// - Throws: as ``get(_:)``.
  /// - Complexity: the sum of the queries'.
  public func exists(_ queries: [Query]) async throws(OctopusError) -> Int {
    try await run(.exists(queries))
  }
}
