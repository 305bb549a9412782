import OctopusRecords
import OctopusStore
import OrderedCollections

/// Locks, semaphores and barriers by name: what follows from the records of their members, and who
/// waits with which. It is brought up to date when a step is committed, so a step that fails leaves
/// nothing to undo here.
struct Coordination {
  private var locks = Queues<Lock>()
  var semaphores = Queues<Semaphore>()
  var barriers: [[UInt8]: Barrier] = [:]
  var memberCount = 0
  /// Where counters begin: above all numbers of those that were let go.
  var firstNumber: Int64 = 0

  var footprint: Int { memberCount * Footprint.member }
  var isEmpty: Bool { memberCount == 0 && semaphores.isEmpty }

  /// The lock that was emptied last. It stays where it is, since most are asked for again.
  private var idleLock: (lock: Lock, name: [UInt8])?

  /// How many locks are held or waited for.
  var lockCount: Int { locks.count - (idleLock?.lock.isEmpty ?? false ? 1 : 0) }

  mutating func lock(_ name: [UInt8]) -> Lock? { locks[name] }

  /// Adds a lock whose name is not there.
  mutating func addLock(_ group: Place.Group) -> Lock {
    let lock = removeIdleLock() ?? Lock()
    (lock.stem, lock.template) = (group.stem, nil)
    locks.insert(lock, group.name)
    return lock
  }

  /// Lets go of a lock that is empty.
  mutating func retire(_ lock: Lock, _ name: [UInt8]) {
    if let idleLock, idleLock.lock === lock { return }
    _ = removeIdleLock()
    idleLock = (lock, name)
  }

  private mutating func removeIdleLock() -> Lock? {
    guard let (lock, name) = idleLock.take(), lock.isEmpty else { return nil }
    locks.remove(name)
    return lock
  }
}

/// What a step knows of the member that it makes, beside its record.
struct Claim {
  let place: Place
  let holder: Holder
  var consumes = false
}

extension Engine {
  // MARK: Members' records

  /// Writes a new member that goes with its session.
  mutating func enlist(
    _ record: Record, _ place: Place, _ holder: Holder, consumes: Bool = false, _ step: Step
  ) throws(Failure) {
    let revision = try write(record, over: nil, owner: holder.session, step)
    step.claim = Claim(place: place, holder: holder, consumes: consumes)
    step.noteQueue(place, record, isNew: true, at: revision)
  }

  /// Writes a record that stands somewhere anew.
  mutating func rewrite(
    _ row: Row, as record: Record, _ place: Place, _ step: Step
  ) throws(Failure) {
    let revision = try write(
      record, over: find(row.record), owner: row.owner == 0 ? nil : row.owner, step)
    step.noteQueue(place, record, at: revision)
  }

  /// A member's row, if it is still there: in a transaction another record may have taken its name.
  func memberRow(of record: Record) -> Row? {
    row(named: record).flatMap { Place.isThere($0.record) ? $0 : nil }
  }

  /// The same, of one that stands there.
  func memberRow(of record: Record, at place: Place) -> Row? {
    row(named: record).flatMap { place.isOf($0.record) ? $0 : nil }
  }

  /// A name for another member, with its number.
  mutating func nextMember(
    of group: Place.Group, _ step: Step
  ) throws(Failure) -> (name: [UInt8], place: Place) {
    let (name, number) = try takeName(group.stem, step)
    return (name, Place(group, number))
  }

  // MARK: By hand

  /// Refuses to set or update a record where one stands in a queue, or would then.
  func checkStandsNowhere(_ before: Row?, _ after: Record) throws(Failure) {
    // Where there is no queue, no record stands in one.
    let former = coordination.isEmpty ? nil : before.flatMap { Place($0.record) }
    guard let place = Place(after) ?? former else { return }
    let name = String(decoding: place.group.name, as: UTF8.self)
    throw Failure(
      .noPermission,
      "this record belongs to the \(place.group.kind) '\(name)': only its own commands write it")
  }

  /// Whether SETSEQ may make this record: of a queue's records only a lock's transient members.
  func checkByHand(
    _ record: Record, counted stem: [UInt8], isTransient: Bool
  ) throws(Failure) -> Place? {
    guard let place = Place(record) else { return nil }
    guard place.group.kind == .lock else {
      throw Failure(.noPermission, "only its own commands make a \(place.group.kind)'s members")
    }
    guard place.group.stem == stem else {
      throw Failure(.noPermission, "a lock's members are numbered after '<lock>_'")
    }
    guard isTransient else { throw Failure(.noPermission, "a lock's members are TRANSIENT") }
    guard Lock.isShared(record) != nil else {
      throw Failure(.mismatch, "a lock's mode is exclusive or shared")
    }
    return place
  }

  // MARK: Committing

  /// Brings the queues up to what a step has changed, then lets those have their turn whose it is.
  /// That may change more records. What waits have come to is gathered in `step.answers`.
  mutating func settle(_ step: Step) {
    let first = step.settled
    while step.settled < step.placed.count {
      note(step.placed[step.settled], step)
      step.settled += 1
    }
    // Each once: a turn is given by what is noted, and that of another turn is not noted yet.
    let group = step.placed[first].place.group
    let isOne = (first + 1..<step.settled).allSatisfy { step.placed[$0].place.group == group }
    if isOne { return giveTurn(group, step) }
    let groups = OrderedSet(step.placed[first..<step.settled].lazy.map { $0.place.group })
    for group in groups { giveTurn(group, step) }
  }

  private mutating func note(_ change: QueueChange, _ step: Step) {
    let (place, record) = (change.place, change.record)
    guard let number = place.number else { return noteSemaphore(place.group, record, step) }
    switch place.group.kind {
    case .lock: noteLock(change, number, step)
    case .semaphore: notePermits(place, number, record, step)
    case .barrier: noteBarrier(place, number, record, step)
    }
  }

  private mutating func giveTurn(_ group: Place.Group, _ step: Step) {
    switch group.kind {
    case .lock: grantLock(group, step)
    case .semaphore: grantPermits(group, step)
    case .barrier: openBarrier(group, step)
    }
  }

  /// A queue has no members any more. So that names that are used once do not fill the counters,
  /// theirs is let go when there are many; numbers go on above it, so that none is given twice.
  mutating func letGo(_ group: Place.Group) {
    guard store.counterCount > bounds.idleCounters else { return }
    let stem = group.stem
    guard let next = store.counter(stem) else { return }
    coordination.firstNumber = max(coordination.firstNumber, next)
    store.setCounter(stem, to: nil)
  }
}

extension Failure {
  static let gone = Failure(.gone, "its record was deleted while it waited")
}
