import OctopusCollections
import OctopusRecords
import OctopusStore

/// The records, the sessions that own them, the counters that number them, and the revision.
///
/// Every write goes through here: it takes a revision, and is noted in the transaction, which can
/// be undone. A write without a transaction is a step by itself.
struct RecordTable: ~Copyable {
  var store: Store
  /// The rows that sessions own.
  private(set) var owned = IDMap<OwnedRows>()
  /// Counters begin here: above all numbers of the counters that were removed.
  var firstNumber: Int64 = 0
  /// How many records were deleted since counters without records were removed.
  private var deletions = 0
  /// The counters from this slot on are to be looked at; nil: none are.
  private var sweptSlot: Int?
  /// Above how many counters those without records are removed.
  private let idleCounters: Int
  /// The work that the step, or the part of one, may still do.
  let budget: Budget

  /// The revision of the last change.
  var revision: Revision
  /// Whether writes are refused with READONLY.
  var refusesWrites = false

  init(after revision: Revision, _ watchLoad: WatchLoad, _ bounds: Bounds) {
    self.watchLoad = watchLoad
    store = Store(stepBudget: bounds.stepBudget)
    budget = store.budget
    self.revision = revision
    idleCounters = bounds.idleCounters
  }

  var count: Int { store.count }
  var textBytes: Int { store.textBytes }
  var attributeCount: Int { store.attributeCount }
  var counterCount: Int { store.counterCount }
  var footprint: Int { store.footprint }
  var discardedBytes: Int { store.discardedBytes }
  var ownedCount: Int { owned.values.reduce(0) { $0 + $1.count(.all) } }

  private let watchLoad: WatchLoad

  /// The writes of this step so far.
  private var writes = 0
  /// The work of watchers that writes have paid for and that is not done yet.
  private var paidForWatchers = 0

  mutating func beginStep() {
    budget.renew()
    writes = 0
    paidForWatchers = 0
  }

  /// Whether writes are refused when the budget is spent. What ends sessions, waits and queues is
  /// not refused, but goes on in a later step.
  var limitsWrites = false

  func continueIndexes() { store.continueIndexes() }

  func prefetch(_ names: [NameHash]) { store.prefetch(names) }

  // MARK: Look-up

  subscript(row: RowID) -> Row { store[row] }

  func find(_ record: Record) -> RowID? { record.withContents { store.find($0.name) } }

  func row(named record: Record) -> Row? { find(record).map { store[$0] } }

  func row(named name: [UInt8]) -> Row? {
    name.withUnsafeBufferPointer { store.find($0) }.map { store[$0] }
  }

  /// The row of a query's exact name.
  func row(named query: Query) -> Row? {
    query.withExactName { store.find($0) }.flatMap { $0 }.map { store[$0] }
  }

  /// The first match in natural order.
  func first(_ query: Query) throws(Failure) -> Row? {
    do { return try store.first(query).map { store[$0] } } catch { throw Failure(error) }
  }

  /// How many records match; counts no further than `most`.
  func count(_ query: Query, most: Int? = nil) throws(Failure) -> Int {
    do { return try store.count(query, most: most) } catch { throw Failure(error) }
  }

  func select(_ query: Query, _ page: Page = Page()) throws(Failure) -> QueryResult {
    do {
      return try store.select(
        query, ReadOptions(limit: page.limit, after: page.after, isPage: page.hasCursor))
    } catch { throw Failure(error) }
  }

  /// The next matches in natural order, as many as the budget allows; never through an index.
  func scan(_ query: Query, after name: [UInt8]?, most: Int) -> QueryResult {
    store.scan(query, after: name, most: most)
  }

  // MARK: Writing

  /// Sets a record, and answers the revision of its change: a new one, unless the transaction has
  /// changed the record before.
  ///
  /// - Parameter number: the row of that name; nil if there is none.
  @discardableResult
  mutating func write(
    _ record: Record, over number: RowID?, owner: SessionID?, in transaction: Transaction
  ) throws(Failure) -> Revision {
    try spend(record.writeWork, record.textCount)
    let before = number.map { store[$0] }
    if let change = transaction.earlierChange(to: before, record) {
      return rewrite(record, over: number, before, owner, change, transaction)
    }
    try takeRevision()
    let row = Row(
      record: record, revision: revision, created: before?.created ?? revision, owner: owner ?? 0)
    put(row, over: number)
    transaction.append(
      Change(
        revision: revision, before: before.map(Change.Stored.init), after: Change.Stored(row)))
    return revision
  }

  /// Sets a record that the transaction has changed before.
  // Not inlined: almost every write is the transaction's first to its record.
  @inline(never)
  private mutating func rewrite(
    _ record: Record, over number: RowID?, _ before: Row?, _ owner: SessionID?, _ change: Int,
    _ transaction: Transaction
  ) -> Revision {
    let revision = transaction.changes[change].revision
    let created = transaction.changes[change].before?.created ?? before?.created ?? revision
    let row = Row(record: record, revision: revision, created: created, owner: owner ?? 0)
    put(row, over: number)
    transaction.amend(change, after: row)
    return revision
  }

  /// Adds the record of a lock's member, whose name does not exist, without a transaction.
  mutating func insertMember(_ record: Record, owner: SessionID) throws(Failure) -> Row {
    try takeRevision()
    let row = Row(record: record, revision: revision, created: revision, owner: owner)
    ownedRows(of: owner).insert(store.write(row, over: nil), row, isMember: true)
    return row
  }

  /// Deletes a row that exists, and answers it.
  @discardableResult
  mutating func erase(_ number: RowID, in transaction: Transaction?) throws(Failure) -> Row {
    let row = store[number]
    if transaction != nil { try spend(row.record.eraseWork, row.record.textCount) }
    if let change = transaction?.change(of: row) {
      remove(row, number)
      transaction?.amendToDeletion(change, before: row)
      return row
    }
    try takeRevision()
    remove(row, number)
    transaction?.append(Change(revision: revision, before: Change.Stored(row), after: nil))
    return row
  }

  /// Counts the work of a write. The first of a step is never refused, and the first few do not pay
  /// for what others watch, so that no command by itself is refused for that.
  @inline(__always)
  private mutating func spend(_ work: Int, _ textBytes: Int) throws(Failure) {
    guard !budget.isSpent || !limitsWrites else { throw .tooManyWrites }
    writes += 1
    budget.spend(work)
    guard writes > Self.fewWrites || !limitsWrites else { return }
    let watchWork = watchWork(textBytes)
    budget.spend(watchWork)
    paidForWatchers += watchWork
  }

  /// Counts the work of watchers, as far as writes have not paid for it.
  mutating func spendOnWatchers(_ work: Int) {
    let paid = min(work, paidForWatchers)
    paidForWatchers -= paid
    budget.spend(work - paid)
  }

  private func watchWork(_ textBytes: Int) -> Int {
    guard watchLoad.patterns > 0, textBytes > Self.shortText else { return watchLoad.work }
    return watchLoad.work + Work.search(textBytes: textBytes, patterns: watchLoad.patterns)
  }

  /// All sets of regular expressions search texts up to this length.
  private static let shortText = 128

  private static let fewWrites = 8

  /// Refuses to delete rows that take more work than is left.
  func checkWork(erasing rows: [Row]) throws(Failure) {
    let work = rows.reduce(0) { $0 + $1.record.eraseWork + watchWork($1.record.textCount) }
    guard work <= budget.left || rows.count <= 1 else { throw .tooManyWrites }
  }

  private mutating func takeRevision() throws(Failure) {
    guard !refusesWrites else {
      throw Failure(.readOnly, "no change can be stored now: INFO persistence says why")
    }
    guard revision + 1 < EngineLimits.revision else {
      throw Failure(.limit, "all revisions below 2^53 are used")
    }
    revision += 1
  }

  /// Puts back everything that the transaction has changed.
  mutating func undo(_ transaction: Transaction) {
    for change in transaction.changes.reversed() {
      if let after = change.after {
        let number = find(after.record)!  // It was written.
        remove(store[number], number)
      }
      if let before = change.before { put(Row(before), over: nil) }
    }
    revision = transaction.base
    for counter in transaction.counters.reversed() {
      store.setCounter(counter.prefix, to: counter.before)
    }
  }

  /// Drops the changes of records that the transaction created and deleted again, and moves the
  /// later revisions down.
  mutating func dropVoidChanges(of transaction: Transaction) -> RevisionMap {
    let map = transaction.dropVoidChanges()
    for change in transaction.changes {
      guard let after = change.after, let number = find(after.record) else { continue }
      let before = store[number]
      store.renumber(number, revision: after.revision, created: after.created)
      guard before.owner != 0, before.created != after.created else { continue }
      let owned = ownedRows(of: before.owner)
      owned.remove(before.created)
      owned.insert(number, store[number])
    }
    revision = map[revision]
    return map
  }

  mutating func put(_ row: Row, over before: RowID?) {
    let owner = before.map { store[$0].owner } ?? 0
    let number = store.write(row, over: before)
    guard owner != row.owner else { return }
    if owner != 0 { owned[owner]?.remove(row.created) }
    if row.owner != 0 { ownedRows(of: row.owner).insert(number, row) }
  }

  mutating func remove(_ row: Row, _ number: RowID) {
    deletions &+= 1
    if deletions & 15 == 0 { checkForIdleCounters() }
    store.erase(number)
    if row.owner != 0 { owned[row.owner]?.remove(row.created) }
  }

  /// All rows that match, however long it takes.
  func all(_ query: Query) -> [Row] {
    var rows: [Row] = []
    var after: [UInt8]?
    repeat {
      budget.renew()
      let page = scan(query, after: after, most: .max)
      rows += page.rows.map { store[$0] }
      after = page.next.map { store[$0].record.plainName }
    } while after != nil
    return rows
  }

  // MARK: Owners

  private mutating func ownedRows(of session: SessionID) -> OwnedRows {
    if let known = owned[session] { return known }
    let new = OwnedRows()
    owned[session] = new
    return new
  }

  /// Records that a session owns: the members of queues, or all.
  enum Owned { case members, all }

  /// How many records a session owns.
  func count(_ kind: Owned, of session: SessionID) -> Int { owned[session]?.count(kind) ?? 0 }

  /// When the next record that a session owns was created, in no particular order, below a slot.
  /// The caller begins with `Int.max`.
  func nextOwned(by session: SessionID, _ kind: Owned, below slot: inout Int) -> Revision? {
    owned[session]?.next(kind, below: &slot)
  }

  /// The row that a session owns and that was created at a revision, if it is there still.
  func ownedRow(of session: SessionID, created: Revision) -> RowID? {
    owned[session]?[created]
  }

  /// Forgets that a session has owned records.
  mutating func disown(_ session: SessionID) { owned[session] = nil }

  /// How many indexes are being built.
  var indexesToBuild: Int { store.indexesToBuild }

  // MARK: Counters

  /// Takes the next name, and its number, of the counter with this prefix. A name that exists is
  /// skipped.
  mutating func takeName(
    _ prefix: [UInt8], in transaction: Transaction
  ) -> (name: [UInt8], number: Int64) {
    let next = findName(prefix)
    take(next, prefix)
    transaction.noteCounter(prefix, from: next.former, to: next.number + 1)
    return (store.nextName, next.number)
  }

  /// The name that `findName` found.
  var foundName: [UInt8] { store.nextName }

  /// Finds the next name of a counter, without taking it yet.
  mutating func findName(_ prefix: [UInt8]) -> Store.Numbered {
    store.findNextName(prefix, from: firstNumber)
  }

  /// Takes the name that was found last.
  mutating func take(_ next: borrowing Store.Numbered, _ prefix: [UInt8]) {
    store.take(next, prefix)
  }

  /// By how much a new record with this name makes the footprint grow.
  func footprint(of record: Record, _ next: borrowing Store.Numbered, _ prefix: [UInt8]) -> Int {
    store.footprint(of: record, next, prefix)
  }

  /// Whether many counters have probably no records any more.
  private(set) var hasIdleCounters = false

  private mutating func checkForIdleCounters() {
    hasIdleCounters =
      store.counterCount > idleCounters
      && (sweptSlot != nil || deletions >= store.counterCount / 2)
  }

  /// Removes counters without records, until the budget is spent: names that are used once must not
  /// fill them. Later numbers are above theirs, so that none is given twice.
  mutating func removeIdleCounters() {
    var slot = sweptSlot ?? 0
    firstNumber = max(firstNumber, store.removeIdleCounters(from: &slot))
    sweptSlot = slot < store.counterSlots ? slot : nil
    if sweptSlot == nil { deletions = 0 }
    checkForIdleCounters()
  }

  /// Removes the counter of a queue that has no members any more, if there are many counters: names
  /// that are used once must not fill them. Later numbers are above its own, so that none is given
  /// twice.
  mutating func retireCounter(_ prefix: @autoclosure () -> [UInt8]) {
    guard store.counterCount > idleCounters else { return }
    let prefix = prefix()
    guard let next = store.counter(prefix) else { return }
    firstNumber = max(firstNumber, next)
    store.setCounter(prefix, to: nil)
  }
}

extension Record {
  @inline(__always)
  fileprivate var writeWork: Int {
    Work.write(textBytes: textCount, attributes: attributeCount)
  }

  fileprivate var eraseWork: Int { Work.erase(textBytes: textCount, attributes: attributeCount) }
}
