import OctopusRecords
import RESP

extension OctopusClient {
  /// All records that match a query, fetched page by page. See ``OctopusClient/pages(_:size:)``.
  public struct Pages: AsyncSequence, Sendable {
    public typealias Element = Record
    public typealias Failure = OctopusError

    let client: OctopusClient
    let query: Query
    let size: Int

    /// Starts from the first record.
    public func makeAsyncIterator() -> AsyncIterator {
      AsyncIterator(client: client, query: query, size: size)
    }

    /// Gives one record after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
      let client: OctopusClient
      let query: Query
      let size: Int
      private var page: [Record] = []
      private var position = 0
      private var after: String?
      private var isComplete = false

      init(client: OctopusClient, query: Query, size: Int) {
        self.client = client
        self.query = query
        self.size = size
      }

      /// The next record; nil after the last. Fetches a page when the one before is used up.
      ///
      /// - Throws: `refused` with `syntax`, `badRegex` or `tooBig`; what every call can throw.
      public mutating func next(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Record? {
        // A page may be empty, and yet not the last.
        while position == page.count, !isComplete {
          let next = try await client.run(.findPage(query, limit: size, after: after))
          (page, position) = (next.elements, 0)
          after = next.next
          isComplete = after == nil
        }
        guard position < page.count else { return nil }
        defer { position += 1 }
        return page[position]
      }
    }
  }

  /// All records that match, in natural order of names, fetched a page at a time, so that any
  /// number of them fits in memory and none takes the server long.
  ///
  /// ```swift
  /// for try await device in octopus.pages("r'^hw\\.'") { print(device) }
  /// ```
  ///
  /// Each page is a step of its own: a record that is there all the while is given once; of those
  /// that come or go meanwhile, some. For one moment's truth use ``find(_:limit:after:)``.
  ///
  /// - Parameters:
  ///   - query: which records.
  ///   - size: records in a page.
  /// - Complexity: O(*size*) of memory.
  public func pages(_ query: Query, size: Int = 1_000) -> Pages {
    precondition(size > 0, "a page holds at least one record")
    return Pages(client: self, query: query, size: size)
  }
}

/// A part of a result, and the name after which the next part begins; nil: this is the last.
struct Page<Elements: Sendable>: Sendable {
  var elements: Elements
  var next: String?
}

extension OctopusClient {
  /// Fetches a result page by page, until it has `limit` elements or is complete: for a read that
  /// would take the server more than one step.
  func inPages<Element: Sendable>(
    limit: Int?, after: String?,
    _ command: (_ limit: Int?, _ after: String?) -> Command<Page<[Element]>>
  ) async throws(OctopusError) -> [Element] {
    var elements: [Element] = []
    var after = after
    repeat {
      let page = try await run(command(limit.map { $0 - elements.count }, after))
      elements += page.elements
      after = page.next
    } while after != nil && elements.count < limit ?? .max
    return elements
  }

  /// The same for a count.
  func countInPages(_ query: Query) async throws(OctopusError) -> Int {
    var count = 0
    var after: String?
    repeat {
      let page = try await run(.countPage(query, after: after))
      count += page.elements
      after = page.next
    } while after != nil
    return count
  }
}

extension OctopusClient.Command {
  static func findPage(
    _ query: Query, limit: Int?, after: String?
  ) -> Self where Value == Page<[Record]> {
    Self(words("FIND") + [query.text] + page(limit, after) + words("CURSOR")) {
      (reply) throws(OctopusError) in
      try reply.asPage { (part) throws(OctopusError) in
        try part.asArray { (reply) throws(OctopusError) in try reply.asRecord() }
      }
    }
  }

  static func namesPage(
    _ query: Query, limit: Int?, after: String?
  ) -> Self where Value == Page<[String]> {
    Self(words("NAMES") + [query.text] + page(limit, after) + words("CURSOR")) {
      (reply) throws(OctopusError) in
      try reply.asPage { (part) throws(OctopusError) in
        try part.asArray { (reply) throws(OctopusError) in try reply.asName() }
      }
    }
  }

  static func countPage(_ query: Query, after: String?) -> Self where Value == Page<Int> {
    Self(words("COUNT") + [query.text] + page(nil, after) + words("CURSOR")) {
      (reply) throws(OctopusError) in
      try reply.asPage { (part) throws(OctopusError) in try part.asInteger() }
    }
  }
}

extension RESPValue {
  /// A reply to a read with CURSOR.
  fileprivate func asPage<Elements>(
    _ read: (RESPValue) throws(OctopusError) -> Elements
  ) throws(OctopusError) -> Page<Elements> {
    guard let parts = elements, parts.count == 2 else { throw .unexpected(self) }
    return Page(
      elements: try read(parts[1]), next: parts[0].isNull ? nil : try parts[0].asName())
  }
}
