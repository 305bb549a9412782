import ArgumentParser
import Glibc
import Octopus
import OctopusSystem

// sync, backup: the server's disk, and a copy of all records.

struct Sync: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Wait until the server's disk has all changes, and print its revision.",
    discussion: """
        octopus set 'config { hour: 4 }' && octopus sync

      It waits for the changes of all clients that were made before. Exit status
      124 if the time limit passes first.
      """)

  @Option(help: "Give up after so long: 2, 0.5, 500ms, 5m, 1h.") var timeout: TimeLimit?
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    do throws(OctopusError) {
      let revision = try await context.octopus.sync(timeout: timeout?.duration)
      context.output.line("\(revision)")
      return .done
    } catch {
      guard case .timeout = error else { throw error }
      return .timeLimit
    }
  }
}

struct Backup: ShellCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy all records and counters, as of one moment, to a file.",
    discussion: """
        octopus backup /mnt/backup/octopus
        octopus backup - | zstd > octopus.zst

      The server goes on meanwhile. The file has mode 0600 and replaces an older
      one when it is complete and on the disk. Check it with `octopusd check FILE`,
      and make a state directory of it with `octopusd restore FILE`.
      """)

  @Argument(help: ArgumentHelp("The file; -: standard output.", valueName: "file"))
  var file: String
  @OptionGroup(title: "Output") var format: OutputOptions
  @OptionGroup(title: "Server") var server: ServerOptions

  func run(_: Void, in context: CommandContext) async throws -> ExitStatus {
    guard file != "-" else {
      try await context.octopus.backup { StandardStream.output.write($0) }
      return .done
    }
    let backup: OctopusClient.Backup
    do {
      backup = try await write(from: context.octopus)
    } catch let error as SystemError {
      throw CommandError(error)
    }
    context.note("\(backup.byteCount) bytes, revision \(backup.revision)")
    return .done
  }

  private func write(from octopus: OctopusClient) async throws -> OctopusClient.Backup {
    let (folder, name) = split(file)
    let directory = try Descriptor(opening: folder, O_RDONLY | O_DIRECTORY)
    try checkReplaceable(name, in: directory)
    let new = try NewFile(replacing: name, in: directory.number, mode: 0o600, path: file)
    let backup = try await octopus.backup { part in try new.write(part) }
    try new.place(isDurable: true)
    guard fsync(directory.number) == 0 else { throw SystemError("sync \(folder)") }
    return backup
  }

  /// A device, a pipe or a link is not replaced by a file.
  private func checkReplaceable(
    _ name: String, in directory: borrowing Descriptor
  ) throws(CommandError) {
    var status = stat()
    guard !["", ".", ".."].contains(name) else {
      throw CommandError("\(file) is not a regular file", .badUsage)
    }
    guard fstatat(directory.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CommandError("\(file) is not a regular file", .badUsage)
    }
  }

  /// A path's directory, and the name in it.
  private func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }
}
