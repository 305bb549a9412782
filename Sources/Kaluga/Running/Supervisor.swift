import Dispatch
import Glibc
import Octopus
// Kaluga at work: the reconciler, and around it what tells it of the world and does what it says.
import OctopusSystem

/// What to be Kaluga with.
package struct Configuration: Sendable {
  package var drivers: String
  package var state: String
  package var guardProgram: GuardProgram
  /// Nil: where clients look when they are not told.
  package var address: OctopusClient.Address?
  package var password: String?
  /// How long a driver is kept whose device's record has gone, in milliseconds.
  package var grace = Reconciler.usualGrace
  /// Where sysfs is mounted.
  package var sysfsRoot = "/sys"
  /// Where to say what people should know.
  package var log: @Sendable (String) -> Void

  package init(
    drivers: String, state: String, guardProgram: GuardProgram,
    address: OctopusClient.Address? = nil, password: String? = nil,
    log: @escaping @Sendable (String) -> Void
  ) {
    (self.drivers, self.state, self.guardProgram) = (drivers, state, guardProgram)
    (self.address, self.password, self.log) = (address, password, log)
  }
}

extension Configuration {
  var sysfs: Sysfs { Sysfs(sysfsRoot) }
}

package actor Supervisor {
  let configuration: Configuration
  private var sysfs: Sysfs { configuration.sysfs }
  private let state: StateDirectory
  private let processes: Processes
  private let events: AsyncStream<Processes.Event>
  private let catalogueChanges: AsyncStream<Void>
  private let catalogueWatch: DirectoryWatch
  private var reconciler: Reconciler
  private var outbox = Outbox()
  /// To the session that there is.
  private var fillOutbox: AsyncStream<Void>.Continuation?
  private var wantConditions: AsyncStream<Set<Query>>.Continuation?
  private var timer: (deadline: Int64, task: Task<Void, Never>)?
  private var isLooking = false
  /// Instances of which another Kaluga would not know.
  private var unsaved: Set<Int> = []
  /// Yields once all drivers have ended after ``leave()``.
  private let end: AsyncStream<Void>
  private let finish: AsyncStream<Void>.Continuation
  private var isLeaving = false

  /// Takes over what an earlier one left in the state directory.
  package init(_ configuration: Configuration) throws {
    self.configuration = configuration
    state = try StateDirectory(configuration.state)
    let (events, continuation) = AsyncStream.makeStream(of: Processes.Event.self)
    self.events = events
    processes = try Processes(state, configuration.guardProgram) { continuation.yield($0) }
    let (changes, changed) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    catalogueChanges = changes
    // Before it is read: no change is missed.
    catalogueWatch = try DirectoryWatch(
      configuration.drivers, DispatchQueue(label: "kaluga.catalogue")
    ) { names in
      if names?.contains(where: Self.isCatalogue) ?? true { changed.yield() }
    }
    (end, finish) = AsyncStream.makeStream(of: Void.self)
    let catalogue = try Self.read(configuration.drivers, Catalogue())
    for problem in catalogue.problems { configuration.log("\(problem)") }
    let found = try state.found()
    reconciler = Reconciler(
      catalogue, found: found.instances, nextNumber: found.nextNumber,
      grace: configuration.grace, now: Clock.now)
    for instance in found.instances where instance.process != nil {
      processes.reattach(instance.saved.number)
    }
  }

  /// Works until all drivers have ended after ``leave()``, or until it is cancelled.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.followProcesses() }
      group.addTask { await self.followCatalogue() }
      group.addTask { await self.lookForPrograms() }
      group.addTask { await Connection(self).serve() }
      take(.time)
      for await _ in end { break }
      group.cancelAll()
    }
  }

  /// Ends all processes, and then itself.
  package func leave() {
    isLeaving = true
    take(.leave)
  }

  // MARK: Inputs

  func take(_ input: Input) {
    perform(reconciler.step(input, now: Clock.now))
    if isLeaving, reconciler.isAtRest { finish.yield() }
    if !outbox.isEmpty { fillOutbox?.yield() }
    armTimer()
    if !isLooking, !reconciler.remembered.isEmpty {
      isLooking = true
      Task { await lookForRemembered() }
    }
  }

  /// Sees that devices without a record are kept no longer than they are there.
  private func lookForRemembered() async {
    while !reconciler.remembered.isEmpty {
      try? await Task.sleep(for: .milliseconds(100))
      for id in reconciler.remembered.sorted() where sysfs.absence(of: id) != nil {
        take(.vanished(id))
      }
    }
    isLooking = false
  }

  private func followProcesses() async {
    for await event in events {
      for input in processes.inputs(event) { take(input) }
    }
  }

  private func followCatalogue() async {
    for await _ in catalogueChanges { readCatalogue() }
  }

  private func readCatalogue() {
    do throws(SystemError) {
      let catalogue = try Self.read(configuration.drivers, reconciler.catalogue)
      let known = Set(reconciler.catalogue.problems)
      for problem in catalogue.problems where !known.contains(problem) {
        configuration.log("\(problem)")
      }
      take(.catalogue(catalogue))
      wantConditions?.yield(reconciler.wantedConditions)
    } catch {
      configuration.log("\(error)")
    }
  }

  /// Programs may come when no file of the catalogue changes: a disk is mounted, a package installed.
  private func lookForPrograms() async {
    while (try? await Task.sleep(for: .seconds(2))) != nil { readIfProgramsHaveCome() }
  }

  private func readIfProgramsHaveCome() {
    if reconciler.catalogue.missingPrograms.contains(where: isProgram) { readCatalogue() }
  }

  private static func read(
    _ directory: String, _ previous: Catalogue
  ) throws(SystemError) -> Catalogue {
    var files: [Catalogue.File] = []
    for name in try directoryEntries(directory).sorted() where isCatalogue(name) {
      let path = ByteString("\(directory)/".utf8 + name.bytes)
      files.append(.init(path: path.escaped, text: try readFile(path)))
    }
    return Catalogue(files, previous: previous, isProgram: isProgram)
  }

  private static func isCatalogue(_ name: ByteString) -> Bool {
    name.bytes.suffix(5).elementsEqual(".toml".utf8)
  }

  private func armTimer() {
    guard let deadline = reconciler.nextDeadline, deadline < timer?.deadline ?? .max else { return }
    timer?.task.cancel()
    let wait = Duration.milliseconds(max(0, deadline - Clock.now))
    let task = Task {
      guard (try? await Task.sleep(for: wait)) != nil else { return }
      self.timeHasCome()
    }
    timer = (deadline, task)
  }

  private func timeHasCome() {
    timer = nil
    take(.time)
  }

  // MARK: Actions

  private func perform(_ actions: [Action]) {
    var inputs: [Input] = []
    for action in actions {
      switch action {
      case .start(let request):
        if let id = request.device, let absence = sysfs.absence(of: id) {
          inputs += [.ended(request.number, .unstartable("\(absence)")), .absent(id, absence)]
        } else if unsaved.contains(request.number) {
          let reason = "nothing can be written to \(configuration.state)"
          inputs.append(.ended(request.number, .unstartable(reason)))
        } else if let input = processes.start(request) {
          inputs.append(input)
        }
      case .terminate(let number): processes.signal(number, SIGTERM)
      case .kill(let number): processes.signal(number, SIGKILL)
      case .save(let instance):
        do throws(SystemError) {
          try state.save(instance)
          unsaved.remove(instance.number)
        } catch {
          configuration.log("\(error)")
          unsaved.insert(instance.number)
        }
      case .forget(let number):
        unsaved.remove(number)
        state.forget(number)
      case .publish(let record): outbox.put(record.name, record)
      case .withdraw(let name): outbox.put(name, nil)
      case .report(let text): configuration.log(text)
      }
    }
    for input in inputs { perform(reconciler.step(input, now: Clock.now)) }
  }
}

// What the connection needs.
extension Supervisor {
  /// A session begins: streams that say when there is something to publish, and what to watch.
  func connected() -> (publications: AsyncStream<Void>, conditions: AsyncStream<Set<Query>>) {
    let (filled, fill) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let (wanted, want) = AsyncStream.makeStream(of: Set<Query>.self)
    (fillOutbox, wantConditions) = (fill, want)
    want.yield(reconciler.wantedConditions)
    return (filled, wanted)
  }

  /// All devices that there are.
  func list(_ records: [Record]) {
    take(.connected)
    for record in records { take(sysfs.input(record)) }
    take(.listed)
  }

  /// Some of what is to be published; nil if nothing is.
  func publications() -> (sets: [Record], deletions: [String])? {
    outbox.isEmpty ? nil : outbox.take()
  }

  func connectionLost() {
    outbox.removeAll()
    fillOutbox?.finish()
    wantConditions?.finish()
    (fillOutbox, wantConditions) = (nil, nil)
    for query in reconciler.wantedConditions { take(.condition(query, isMet: false)) }
    take(.disconnected)
  }

  func answer(_ request: Request) -> Answer {
    readIfProgramsHaveCome()
    let (inputs, answer) = request.answer(reconciler)
    for input in inputs { take(input) }
    return answer
  }
}

/// Milliseconds since 1970 that never go back.
enum Clock {
  private static let start: (wall: Int64, continuous: ContinuousClock.Instant) = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return (Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000, ContinuousClock.now)
  }()

  static var now: Int64 {
    let passed = ContinuousClock.now - start.continuous
    return start.wall + Int64(passed / .milliseconds(1))
  }
}
