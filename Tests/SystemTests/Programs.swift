import Glibc

// The programs that were built beside the tests, run as a user would.

/// Where the programs are: beside the tests, or where `scripts/sanitize` says.
let productsDirectory: String = {
  if let programs = getenv("OCTOPUS_PROGRAMS") { return String(cString: programs) }
  var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
  let count = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
  let path = String(decoding: buffer[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
  return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
}()

/// Whether the programs are built to report misuse: they load shared libraries, and take many times
/// the memory.
let areSanitized = getenv("OCTOPUS_PROGRAMS") != nil

/// Where these tests' sources are: programs in other languages lie among them.
let sourceDirectory = parent(of: #filePath)
let repository = parent(of: parent(of: sourceDirectory))

private func parent(of path: String) -> String {
  String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
}

/// What a program printed, and how it ended.
struct Outcome {
  var status: Process.Status
  var output: String
  var errors: String

  var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// Runs a program to its end.
func run(
  _ program: String, _ arguments: [String], input: String = "",
  environment: [String: String] = [:]
) async throws -> Outcome {
  let running = try RunningProgram(program, arguments, environment: environment)
  running.input.write(input)
  running.input.close()
  return await running.outcome()
}

/// A program with pipes to it.
final class RunningProgram: Sendable {
  let process: Process
  let input: Pipe
  let output: Pipe
  let errors: Pipe

  init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process = try Process(
      program, arguments, environment: environment,
      streams: .descriptors(
        input: input.reading, output: output.writing, errors: errors.writing))
    input.closeReading()
    output.closeWriting()
    errors.closeWriting()
  }

  func outcome() async -> Outcome {
    async let text = output.readAll()
    async let errorText = errors.readAll()
    let said = (output: await text, errors: await errorText)
    // One that has said nothing for so long hangs.
    if !output.hasEnded || !errors.hasEnded { process.kill(SIGKILL) }
    return Outcome(status: await process.wait(), output: said.output, errors: said.errors)
  }
}
