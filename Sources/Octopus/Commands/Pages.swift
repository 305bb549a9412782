import OctopusRecords

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
      private var last: String?
      private var isComplete = false

      init(client: OctopusClient, query: Query, size: Int) {
        self.client = client
        self.query = query
        self.size = size
      }

      /// The next record; nil after the last. Fetches a page when the one before is used up.
      ///
      /// - Throws: `refused` with `syntax`, `badRegex`, `tooBig` or `limit`; what every call can
      ///   throw.
      public mutating func next(
        isolation actor: isolated (any Actor)? = #isolation
      ) async throws(OctopusError) -> Record? {
        if position == page.count, !isComplete {
          page = try await client.find(query, limit: size, after: last)
          position = 0
          isComplete = page.count < size
          last = page.last?.name
        }
        guard position < page.count else { return nil }
        defer { position += 1 }
        return page[position]
      }
    }
  }

  /// All records that match, in natural order of names, fetched a page at a time, so that any
  /// number of them fits in memory.
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
