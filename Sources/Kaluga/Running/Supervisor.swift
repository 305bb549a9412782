// Runs Kaluga: feeds the reconciler with events of processes, files and octopusd, and carries its
// actions out.
import Dispatch
import Glibc
import Octopus
import OctopusSystem

/// A Kaluga at work.
package actor Supervisor {
  let configuration: Configuration
  private var sysfs: Sysfs { configuration.sysfs }
  private let state: StateDirectory
  private let processes: Processes
  private let events: AsyncStream<Processes.Event>
  private let catalogueChanges: AsyncStream<Void>
  private let catalogueWatch: DirectoryWatch
  private var reconciler: Reconciler
  private var publicationQueue = PublicationQueue()
  /// Continuations of the current session.
  private var wakePublisher: AsyncStream<Void>.Continuation?
  private var wantConditions: AsyncStream<Set<Query>>.Continuation?
  private var timer: (deadline: Int64, task: Task<Void, Never>)?
  private var isLookingForOrphans = false
  /// Instances that could not be saved: the next Kaluga would not know of them.
  private var unsaved: Set<Int> = []
  /// Yields once all drivers have ended after ``leave()``.
  private let end: AsyncStream<Void>
  private let finish: AsyncStream<Void>.Continuation
  private var isLeaving = false

  /// Re-attaches the instances of an earlier Kaluga.
  package init(_ configuration: Configuration) throws {
    self.configuration = configuration
    state = try StateDirectory(configuration.state)
    let (events, continuation) = AsyncStream.makeStream(of: Processes.Event.self)
    self.events = events
    processes = try Processes(state, configuration.guardProgram) { continuation.yield($0) }
    let (changes, changed) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    catalogueChanges = changes
    // Watched before it is read, so that no change is missed.
    catalogueWatch = try DirectoryWatch(
      configuration.drivers, DispatchQueue(label: "kaluga.catalogue")
    ) { names in
      if names?.contains(where: Self.isCatalogue) ?? true { changed.yield() }
    }
    (end, finish) = AsyncStream.makeStream(of: Void.self)
    let catalogue = try Self.read(configuration.drivers, Catalogue())
    for problem in catalogue.problems { configuration.log("\(problem)") }
    let recovered = try state.recover()
    reconciler = Reconciler(
      catalogue, recovered: recovered.instances, nextNumber: recovered.nextNumber,
      grace: configuration.grace, now: Clock.now)
    for instance in recovered.instances {
      if case .running = instance.process { processes.reattach(instance.saved.number) }
    }
  }

  /// Works until all drivers have ended after ``leave()``, or until it is cancelled.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.followProcesses() }
      group.addTask { await self.followCatalogue() }
      group.addTask { await self.lookForPrograms() }
      group.addTask { await ServerSession(self).serve() }
      take(.time)
      for await _ in end { break }
      group.cancelAll()
    }
  }

  /// Stops all drivers, and then ends ``run()``.
  package func leave() {
    isLeaving = true
    take(.leave)
  }

  // MARK: Inputs

  func take(_ input: Input) {
    perform(reconciler.step(input, now: Clock.now))
    if isLeaving, reconciler.isAtRest { finish.yield() }
    if !publicationQueue.isEmpty { wakePublisher?.yield() }
    armTimer()
    if !isLookingForOrphans, !reconciler.orphaned.isEmpty {
      isLookingForOrphans = true
      Task { await lookForOrphans() }
    }
  }

  /// Reports orphaned devices that are not in sysfs any more.
  private func lookForOrphans() async {
    while !reconciler.orphaned.isEmpty {
      try? await Task.sleep(for: .milliseconds(100))
      for id in reconciler.orphaned.sorted() where sysfs.absence(of: id) != nil {
        take(.vanished(id))
      }
    }
    isLookingForOrphans = false
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

  /// Missing programs may appear without a change of the catalogue: a disk is mounted, a package
  /// installed.
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
        } else {
          processes.start(request)
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
      case .publish(let record): publicationQueue.put(record.name, record)
      case .delete(let name): publicationQueue.put(name, nil)
      case .report(let text): configuration.log(text)
      }
    }
    for input in inputs { perform(reconciler.step(input, now: Clock.now)) }
  }
}

// The interface of sessions with octopusd.
extension Supervisor {
  /// Begins a session. The streams say when there is something to publish, and which queries to
  /// watch.
  func connected() -> (publications: AsyncStream<Void>, conditions: AsyncStream<Set<Query>>) {
    let (filled, fill) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let (wanted, want) = AsyncStream.makeStream(of: Set<Query>.self)
    (wakePublisher, wantConditions) = (fill, want)
    want.yield(reconciler.wantedConditions)
    return (filled, wanted)
  }

  /// Takes the list of all devices.
  func list(_ records: [Record]) {
    take(.connected)
    for record in records { take(sysfs.input(record)) }
    take(.listed)
  }

  /// The next batch of records to publish; nil if there is none.
  func publications() -> (sets: [Record], deletions: [String])? {
    publicationQueue.isEmpty ? nil : publicationQueue.take()
  }

  func connectionLost() {
    publicationQueue.removeAll()
    wakePublisher?.finish()
    wantConditions?.finish()
    (wakePublisher, wantConditions) = (nil, nil)
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
