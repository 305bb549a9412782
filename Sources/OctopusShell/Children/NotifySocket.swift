import CSupervision
import Dispatch
import Glibc
import OctopusSystem

/// Where a program says how it is, as sd_notify(3) has it: the datagram socket that
/// `$NOTIFY_SOCKET` names.
///
/// Octopus reads what it needs of each message and passes the whole on to the supervisor that it
/// has itself, whose messages must come from the process that it started.
///
/// The socket lies in the file system, where it is reached from every network namespace. Its name
/// is random, and only the program gets it: other users cannot find it, and so not flood it. The
/// kernel says which process has sent a message; one that is not trusted is dropped unread.
final class NotifySocket: Sendable {
  /// What octopus itself does about a message.
  enum Notification: Sendable { case ready, stopping }

  let directory: String
  let path: String
  private let supervisor: String?
  private let descriptor: CInt

  var environment: [String: String] { ["NOTIFY_SOCKET": path] }

  init() throws(CommandError) {
    supervisor = ServiceNotification.socket()
    var number = ENOENT
    for parent in Self.parents {
      var template = Array((parent + "/octopus-XXXXXX").utf8CString)
      guard mkdtemp(&template) != nil else {
        number = errno
        continue
      }
      let directory = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      // The kernel shows every user the name at which a socket was bound (/proc/net/unix), but not
      // the one that it was given later.
      let bound = "\(directory)/\(Self.randomName())"
      let path = "\(directory)/\(Self.randomName())"
      let descriptor = platform_notice_socket(bound)
      // A program that becomes another user must reach the socket, without listing the directory.
      if descriptor >= 0, rename(bound, path) == 0, chmod(directory, 0o711) == 0 {
        (self.directory, self.path, self.descriptor) = (directory, path, descriptor)
        return
      }
      number = errno
      if descriptor >= 0 { close(descriptor) }
      for name in [bound, path] { unlink(name) }
      rmdir(directory)
    }
    throw CommandError(
      "no socket for $NOTIFY_SOCKET: \(String(cString: strerror(number)))", .cannotRun)
  }

  deinit { close(descriptor) }

  /// 120 bits that nobody guesses.
  private static func randomName() -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz234567")
    return String((0..<24).map { _ in letters.randomElement()! })
  }

  /// Where to make its directory: the first that will do.
  private static var parents: [String] {
    let runtime = getuid() == 0 ? "/run" : Environment.process["XDG_RUNTIME_DIR"]
    return [runtime, Environment.process["TMPDIR"], "/tmp"].compactMap { $0 }.filter {
      $0.hasPrefix("/")
    }
  }

  /// Handles what the program says, to the last of what it has said when this is cancelled. A
  /// sender that waits (`BARRIER=1`) does so until `handle` has come back for what came before.
  func relay(for child: Child, _ handle: @escaping @Sendable (Notification) async -> Void) async {
    await withTaskCancellationHandler {
      while let message = await nextMessage(of: child) {
        for notification in message.notifications { await handle(notification) }
        if let supervisor { message.replacing(child.process, by: getpid()).send(to: supervisor) }
        for descriptor in message.descriptors { close(descriptor) }
      }
    } onCancel: {
      shutdown(descriptor, CInt(SHUT_RD))
    }
  }

  /// Removes it from the file system.
  func remove() {
    unlink(path)
    rmdir(directory)
  }

  /// Nil at the end.
  private func nextMessage(of child: Child) async -> Message? {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "octopus.notify").async { [self] in
        var notice = platform_notice()
        while true {
          let isReadable = platform_peek_notice(descriptor, &notice)
          guard isReadable >= 0 else { return continuation.resume(returning: nil) }
          guard isReadable == 1, isTrusted(notice.user, notice.process, child) else {
            platform_drop_notice(descriptor)
            continue
          }
          guard platform_take_notice(descriptor, &notice) == 0 else { continue }
          return continuation.resume(returning: Message(notice))
        }
      }
    }
  }

  /// The same user and root, and the user that the program is, could do anything else to it as
  /// well. Of any other user those are believed that descend from the program: they must be there
  /// still.
  private func isTrusted(_ user: uid_t, _ process: pid_t, _ child: Child) -> Bool {
    user == getuid() || user == 0 || process == child.process
      || user == userOf(child.process) || descends(process, from: child.guardian)
  }
}

/// One datagram, and what came with it.
private struct Message: Sendable {
  var text: [UInt8]
  let descriptors: [CInt]

  init(_ notice: platform_notice) {
    text = withUnsafeBytes(of: notice.text) { Array($0.prefix(Int(notice.size))) }
    descriptors = withUnsafeBytes(of: notice.descriptors) {
      Array($0.bindMemory(to: CInt.self).prefix(Int(notice.count)))
    }
  }

  private var lines: [ArraySlice<UInt8>] { text.split(separator: 0x0a) }

  var notifications: [NotifySocket.Notification] {
    lines.compactMap { line in
      line.elementsEqual("READY=1".utf8)
        ? .ready : line.elementsEqual("STOPPING=1".utf8) ? .stopping : nil
    }
  }

  /// For the supervisor octopus stands for the program: it has the program's exit status.
  func replacing(_ process: pid_t, by other: pid_t) -> Message {
    let old = Array("MAINPID=\(process)".utf8)[...]
    guard lines.contains(old) else { return self }
    var result = self
    result.text = Array(
      lines.map { $0 == old ? Array("MAINPID=\(other)".utf8)[...] : $0 }.joined(separator: [0x0a]))
    return result
  }

  func send(to path: String) {
    // A supervisor that cannot be reached is no reason to stop the program.
    _ = text.withUnsafeBytes { text in
      platform_send_notice(
        path, text.bindMemory(to: CChar.self).baseAddress, text.count, descriptors,
        CInt(descriptors.count))
    }
  }
}

/// The user that a process is; nil if there is no telling.
private func userOf(_ process: pid_t) -> uid_t? {
  let status = try? readFile("/proc/\(process)/status").bytes
  let line = status?.split(separator: 0x0a).first { $0.starts(with: "Uid:".utf8) }
  let words = line?.split { $0 == 0x09 || $0 == 0x20 } ?? []
  return words.count > 1 ? uid_t(String(decoding: words[1], as: UTF8.self)) : nil
}

/// Whether a process has this ancestor, at most 64 generations up: the sender chooses how many it
/// has.
private func descends(_ process: pid_t, from ancestor: pid_t) -> Bool {
  var process = process
  for _ in 0..<64 where process > 1 {
    if process == ancestor { return true }
    // `pid (name) state parent …`, and the name may be anything.
    guard let status = try? readFile("/proc/\(process)/stat").bytes,
      let end = status.lastIndex(of: 0x29)
    else { return false }
    let fields = status[(end + 1)...].split(separator: 0x20)
    guard fields.count > 1, let parent = pid_t(String(decoding: fields[1], as: UTF8.self))
    else { return false }
    process = parent
  }
  return false
}
