// An order for the launcher, in the form that its C has.
import CPlatform
import Glibc

/// The bytes of an order; nil if it is too long.
func orderBytes(_ order: ProcessOrder) -> [UInt8]? {
  let launch = order.launch
  let variables = order.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  var header = platform_order()
  guard let number = Int32(exactly: order.number),
    let argumentCount = Int32(exactly: order.arguments.count),
    let variableCount = Int32(exactly: variables.count)
  else { return nil }
  header.number = number
  header.notifies = launch.notifies ? 1 : 0
  header.argument_count = argumentCount
  header.variable_count = variableCount
  header.limit_count = Int32(launch.limits.count)
  header.has_cpus = launch.cpus.isEmpty ? 0 : 1
  withUnsafeMutableBytes(of: &header.cpus) { bytes in
    let words = bytes.bindMemory(to: UInt64.self)
    for cpu in launch.cpus where cpu / 64 < words.count { words[cpu / 64] |= 1 << (cpu % 64) }
  }
  withUnsafeMutableBytes(of: &header.resources) { bytes in
    let resources = bytes.bindMemory(to: Int32.self)
    for (index, limit) in launch.limits.enumerated() { resources[index] = resource(limit.name) }
  }
  withUnsafeMutableBytes(of: &header.limits) { bytes in
    let limits = bytes.bindMemory(to: UInt64.self)
    for (index, limit) in launch.limits.enumerated() { limits[index] = limit.value ?? .max }
  }
  var bytes = withUnsafeBytes(of: &header) { Array($0) }
  let texts = [launch.directory ?? "", launch.user ?? ""] + order.arguments + variables
  for text in texts {
    // It came from records, which can hold one; C's strings end there.
    guard !text.utf8.contains(0) else { return nil }
    bytes += text.utf8
    bytes.append(0)
  }
  return bytes.count <= platform_order_bytes ? bytes : nil
}

private func resource(_ name: String) -> Int32 {
  let resource =
    switch name {
    case "as": RLIMIT_AS
    case "core": RLIMIT_CORE
    case "cpu": RLIMIT_CPU
    case "data": RLIMIT_DATA
    case "fsize": RLIMIT_FSIZE
    case "memlock": __RLIMIT_MEMLOCK
    case "nofile": RLIMIT_NOFILE
    case "nproc": __RLIMIT_NPROC
    case "rtprio": __RLIMIT_RTPRIO
    case "stack": RLIMIT_STACK
    default: preconditionFailure("EntryReader.limitNames has no \(name)")
    }
  return Int32(resource.rawValue)
}
