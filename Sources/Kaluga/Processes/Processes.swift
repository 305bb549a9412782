import CPlatform
import Dispatch
import Glibc
// The processes of all instances: started, signalled, watched and taken over.
import OctopusSystem

/// What the reconciler asks of processes, done; and what becomes of them, told.
///
/// To be used from one place at a time. All that it knows it reads in the state directory, where the
/// guards write it: when it is there already it is found, and when it comes it is seen.
final class Processes {
  enum Event: Sendable {
    /// Something was written about this instance.
    case written(Int)
    /// Something was written.
    case anything
    /// The guard of an instance has ended.
    case unguarded(Int, guardian: Int32)
    /// An instance could not be started, nor could that be written.
    case unstartable(Int)
    /// Nothing can be started any more.
    case launcherLost
  }

  /// How long an instance's log may be, twice.
  static let logBytes: UInt64 = 1 << 20

  private struct Process {
    var run: Run?
    var watch: ReadSource?
    /// What is to be sent to it as soon as it is there.
    var signal: CInt?
    var isReady = false
  }

  private let state: StateDirectory
  private let launcher: CInt
  private let queue = DispatchQueue(label: "kaluga.processes")
  private let send: @Sendable (Event) -> Void
  private var processes: [Int: Process] = [:]
  private var watch: DirectoryWatch?
  private var launcherWatch: ReadSource?

  /// - Parameter handler: is called from another thread.
  init(
    _ state: StateDirectory, _ handler: @escaping @Sendable (Event) -> Void
  ) throws(SystemError) {
    self.state = state
    send = handler
    launcher = platform_start_launcher(state.descriptor, state.lock, Self.logBytes)
    guard launcher >= 0 else { throw SystemError(subject: state.path) }
    launcherWatch = ReadSource(
      launcher, queue, onCancel: { [launcher] in close(launcher) },
      handler: { [launcher] source in
        var number: Int32 = 0
        switch platform_next_failure(launcher, &number) {
        case 1: handler(.unstartable(Int(number)))
        case 0: break
        default:
          handler(.launcherLost)
          source.cancel()
        }
      })
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

  func start(_ order: ProcessOrder) -> Input? {
    var order = order
    if order.launch.notifies {
      order.environment["NOTIFY_SOCKET"] = state.notifyPath(order.number)
    }
    state.beginAnew(order.number)
    guard let bytes = orderBytes(order) else {
      return .ended(order.number, .unstartable("its arguments are too long, or hold a NUL"))
    }
    processes[order.number] = Process()
    if platform_order(launcher, bytes, bytes.count) != 0 { send(.launcherLost) }
    return nil
  }

  /// Takes over one that runs.
  func adopt(_ number: Int) {
    processes[number] = Process()
    send(.written(number))
  }

  func signal(_ number: Int, _ signal: CInt) {
    guard let process = processes[number] else { return }
    if let run = process.run { run.signalGroup(signal) } else { processes[number]!.signal = signal }
  }

  /// What follows from an event.
  func inputs(_ event: Event) -> [Input] {
    switch event {
    case .written(let number): return look(number)
    case .anything: return processes.keys.sorted().flatMap { look($0) }
    case .unguarded(let number, let guardian):
      guard let run = processes[number]?.run, run.guardian == guardian else { return [] }
      let inputs = look(number)
      guard processes[number] != nil else { return inputs }
      // The guard was killed, and the program with it; but not what that had started.
      run.signalGroup(SIGKILL)
      processes[number] = nil
      return inputs + [.ended(number, .unknown)]
    case .unstartable(let number):
      guard processes.removeValue(forKey: number) != nil else { return [] }
      return [.ended(number, .unstartable("nothing can be written to \(state.path)"))]
    case .launcherLost: return []
    }
  }

  /// Reads what is written of an instance, and tells what is new.
  private func look(_ number: Int) -> [Input] {
    guard var process = processes[number] else { return [] }
    var inputs: [Input] = []
    if process.run == nil, let run = state.run(number) {
      process.run = run
      if let signal = process.signal { run.signalGroup(signal) }
      process.watch = watch(run, of: number)
      inputs.append(.started(number, process: run.process))
    }
    if !process.isReady, state.isReady(number) {
      process.isReady = true
      inputs.append(.ready(number))
    }
    processes[number] = process
    if let ending = state.ending(number) {
      processes[number] = nil
      inputs.append(.ended(number, ending))
    }
    return inputs
  }

  private func watch(_ run: Run, of number: Int) -> ReadSource? {
    let descriptor = platform_open_process(run.guardian)
    // In between its number may have become another's.
    guard descriptor >= 0, run.isGuarded else {
      if descriptor >= 0 { close(descriptor) }
      send(.unguarded(number, guardian: run.guardian))
      return nil
    }
    let send = send
    return ReadSource(
      descriptor, queue, onCancel: { close(descriptor) },
      handler: { source in
        send(.unguarded(number, guardian: run.guardian))
        source.cancel()
      })
  }
}

extension Run {
  /// Sends a signal to the program and all in its process group, if it is still theirs.
  func signalGroup(_ signal: CInt) {
    // As long as one of the group lives, its number is nobody else's; a process that has it and began
    // at another time says that none does.
    let started = Int64(truncatingIfNeeded: platform_process_start(process))
    guard started == 0 || started == start else { return }
    kill(-process, signal)
    if signal == SIGTERM { kill(-process, SIGCONT) }
  }
}
