// The processes of all instances: started, signalled, watched and re-attached.
import CPlatform
import Dispatch
import Glibc
import OctopusSystem

/// Starts drivers under their guards, and reports what the guards write in the state directory.
///
/// To be used by one task at a time. All that it knows of a driver it reads in the state directory,
/// so a driver that another Kaluga has started is no different from its own.
final class Processes {
  enum Event: Sendable {
    /// A guard wrote a file of this instance.
    case written(Int)
    /// Guards wrote files of any instances.
    case anything
    /// A guard was started, as the answer to the start with this serial number.
    case guardStarted(Int, serial: Int, guardPID: Int32)
    case notStarted(Int, serial: Int, reason: String)
    /// The guard of an instance has ended.
    case guardEnded(Int, guardPID: Int32)
  }

  private struct Process {
    /// The serial number of its start; nil if an earlier Kaluga has started it.
    var serial: Int?
    /// Nil until it is known.
    var guardPID: Int32?
    /// What the guard has put on record; nil until then.
    var record: ProcessRecord?
    /// A signal for the driver, to be sent once it is on record.
    var signal: CInt?
    var isReady = false
  }

  private let state: StateDirectory
  private let program: GuardProgram
  private let queue = DispatchQueue(label: "kaluga.processes")
  /// posix_spawn(3) blocks its thread until the guard has been loaded: several at a time, and not
  /// on the caller's thread.
  private let spawning = DispatchQueue(label: "kaluga.spawning", attributes: .concurrent)
  private var lastSerial = 0
  private let send: @Sendable (Event) -> Void
  private var processes: [Int: Process] = [:]
  /// By process id: each until its guard has ended.
  private var guardWatches: [Int32: ReadSource] = [:]
  private let watch: DirectoryWatch

  /// - Parameter handler: is called from another thread.
  init(
    _ state: StateDirectory, _ program: GuardProgram, _ handler: @escaping @Sendable (Event) -> Void
  ) throws(SystemError) {
    self.state = state
    self.program = program
    send = handler
    watch = try DirectoryWatch(state.path, queue) { names in
      guard let names else { return handler(.anything) }
      for name in names {
        let parts = name.bytes.split(separator: UInt8(ascii: "."))
        if parts.count == 2, let number = InstanceNumber.read(parts[0]),
          !parts[1].elementsEqual("instance".utf8)
        {
          handler(.written(number))
        }
      }
    }
  }

  /// Starts a driver. What follows comes as events.
  func start(_ request: StartRequest) {
    let number = request.number
    state.removeProcessFiles(of: number)
    lastSerial += 1
    let serial = lastSerial
    processes[number] = Process(serial: serial)
    spawning.async { [program, state, send] in
      do throws(GuardProgram.StartFailure) {
        let guardPID = try program.start(number, in: state, order: request.order)
        send(.guardStarted(number, serial: serial, guardPID: guardPID))
      } catch {
        send(.notStarted(number, serial: serial, reason: error.description))
      }
    }
  }

  /// Watches a driver that an earlier Kaluga has started.
  func reattach(_ number: Int) {
    processes[number] = Process()
    send(.written(number))
  }

  func signal(_ number: Int, _ signal: CInt) {
    guard let process = processes[number] else { return }
    if let record = process.record {
      record.signalGroup(signal)
    } else {
      processes[number]!.signal = signal
    }
  }

  /// What follows from an event.
  func inputs(_ event: Event) -> [Input] {
    switch event {
    case .written(let number): return readFiles(of: number)
    case .anything: return processes.keys.sorted().flatMap { readFiles(of: $0) }
    case .guardStarted(let number, let serial, let guardPID):
      // In any case: to be reaped when it has ended.
      watchGuard(guardPID, of: number)
      if processes[number]?.serial == serial { processes[number]!.guardPID = guardPID }
      return []
    case .notStarted(let number, let serial, let reason):
      guard processes[number]?.serial == serial else { return [] }
      processes[number] = nil
      return [.ended(number, .unstartable(reason))]
    case .guardEnded(let number, let guardPID): return guardEnded(number, guardPID)
    }
  }

  private func guardEnded(_ number: Int, _ guardPID: Int32) -> [Input] {
    guardWatches[guardPID] = nil
    // Its number stays its own until here. A guard of an earlier Kaluga is not this one's child.
    var status: CInt = 0
    let isOwn = waitpid(guardPID, &status, WNOHANG) == guardPID
    guard processes[number]?.guardPID == guardPID else { return [] }
    let inputs = readFiles(of: number)
    guard let process = processes.removeValue(forKey: number) else { return inputs }
    if let record = process.record {
      // The guard was killed, and the driver with it; but not what the driver had started.
      record.signalGroup(SIGKILL)
      return inputs + [.ended(number, .unknown)]
    }
    let reason =
      isOwn && status == Self.cannotWrite
      ? "nothing can be written to \(state.path)" : "its guard ended before it was started"
    return inputs + [.ended(number, .unstartable(reason))]
  }

  /// The status of a guard that could write nothing, as wait(2) has it: exit status 1.
  private static let cannotWrite: CInt = 1 << 8

  /// Reads what a guard has written of an instance: what is new of it.
  private func readFiles(of number: Int) -> [Input] {
    guard var process = processes[number] else { return [] }
    var inputs: [Input] = []
    if process.record == nil, let record = state.processRecord(of: number) {
      process.record = record
      if let signal = process.signal { record.signalGroup(signal) }
      if process.serial == nil {
        process.guardPID = record.guardPID
        watchGuard(record.guardPID, of: number, reattached: record)
      }
      inputs.append(.started(number, process: record.pid))
    }
    if !process.isReady, state.isReady(number) {
      process.isReady = true
      inputs.append(.ready(number))
    }
    processes[number] = process
    if let ending = state.ending(of: number) {
      processes[number] = nil
      inputs.append(.ended(number, ending))
    }
    return inputs
  }

  /// Reports the end of a guard.
  ///
  /// - Parameter reattached: the record of a guard that an earlier Kaluga has started. Its process
  ///   id may be another process's by now.
  private func watchGuard(
    _ guardPID: Int32, of number: Int, reattached: ProcessRecord? = nil
  ) {
    let descriptor = platform_pidfd(guardPID)
    let send = send
    guard descriptor >= 0, reattached?.isGuarded ?? true else {
      if descriptor >= 0 { close(descriptor) }
      return send(.guardEnded(number, guardPID: guardPID))
    }
    guardWatches[guardPID] = ReadSource(descriptor, queue) {
      close(descriptor)
    } handler: { source in
      send(.guardEnded(number, guardPID: guardPID))
      // Its end stays readable forever.
      source.cancel()
    }
  }
}
