import Glibc
import Testing

/// The messages by which a program says that it is ready, or stops: sd_notify(3).
@Suite struct ReadinessTests {
  /// What systemd's own programs say, in one datagram and in several, and what is not that.
  @Test func readinessMessagesAreReadAsSystemdReadsThem() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      [
        "exec", "--provides", "s", "--", "perl", "-MSocket", "-e",
        """
        socket S, AF_UNIX, SOCK_DGRAM, 0;
        ($to = $ENV{NOTIFY_SOCKET}) =~ s/^@/\\0/;
        sub say { defined send S, $_[0], 0, pack 'Sa*', AF_UNIX, $to or die $! }
        say $_ for '', 'READY=0', "STATUS=READY=1\\nREADY=12", "\\xff" x 5000;
        $| = 1; print "ready\\n"; <STDIN>;
        say "MAINPID=$$\\nREADY=1\\nSTATUS=on";
        <STDIN>; say 'STATUS=going'; exit 6
        """,
      ], server)
    #expect(try await running.output.readLine() == "ready")
    #expect(try await server.octopus("exists", "s").status == .init(code: 1))
    running.input.write("\n")
    #expect(try await server.octopus("wait", "s").status == .init(code: 0))
    running.input.write("\n")
    #expect(await running.outcome().status == .init(code: 6))
  }

  /// A child of another user may be gone before anyone looks where it came from: it waits for that.
  @Test(.enabled(if: geteuid() == 0, "needs to be root to become somebody else"))
  func waitingDescendantOfAnotherUserIsAccepted() async throws {
    let server = try await Octopusd()
    for apart in ["", "unshare --net "] {
      let outcome = try await server.octopus(
        "exec", "--provides", "s", "--", "sh", "-c",
        """
        for _ in 1 2 3 4 5 6 7 8; do
          \(apart)setpriv --reuid 65534 --clear-groups "\(productsDirectory)/octopus" ready || exit 10
          # It has been handled: the record is there.
          "\(productsDirectory)/octopus" get s || exit 11
        done
        """)
      #expect(outcome.status == .init(code: 0), "\(outcome.errors)")
    }
  }

  /// Of another user only those are believed that descend from the program, or are the user that it
  /// is.
  @Test(.enabled(if: geteuid() == 0, "needs to be root to become somebody else"))
  func messagesOfUnrelatedUsersAreDropped() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      [
        "exec", "--provides", "s", "--", "perl", "-e",
        "$| = 1; print qq($ENV{NOTIFY_SOCKET}\\n); <STDIN>; ($<, $>) = (65533, 65533); "
          + "print qq(other\\n); <STDIN>",
      ], server)
    let name = try #require(try await running.output.readLine())
    func say(_ user: Int) async throws -> Outcome {
      try await run(
        "setpriv",
        ["--reuid", "\(user)", "--clear-groups", productsDirectory + "/octopus", "ready"],
        environment: ["NOTIFY_SOCKET": name])
    }
    // octopus drops messages that it does not believe, and goes on.
    #expect(try await say(65534).status == .init(code: 0))
    #expect(try await server.octopus("exists", "s").status == .init(code: 1))
    running.input.write("\n")
    #expect(try await running.output.readLine() == "other")
    #expect(try await say(65534).status == .init(code: 0))
    #expect(try await server.octopus("exists", "s").status == .init(code: 1))
    #expect(try await say(65533).status == .init(code: 0))
    #expect(try await server.octopus("exists", "s").status == .init(code: 0))
    running.input.write("\n")
    #expect(await running.outcome().status == .init(code: 0))
  }

  /// Another user who looks for the socket finds no name to which it could send.
  @Test(.enabled(if: geteuid() == 0, "needs to be root to become somebody else"))
  func otherUsersCannotReachTheNotifySocket() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      [
        "exec", "--provides", "s", "--", "sh", "-c",
        "echo $$ ${NOTIFY_SOCKET%/*}; read go; \"$OCTOPUS\" ready && \"$OCTOPUS\" get s; read end",
      ], server, ["OCTOPUS": productsDirectory + "/octopus"])
    let words = try #require(try await running.output.readLine()).split(separator: " ").map(
      String.init)
    let attempts = try await run(
      "setpriv",
      [
        "--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c",
        """
        import os, socket, sys
        program, directory = sys.argv[1:]
        def attempt(action):
            try:
                action()
                return "done"
            except OSError as error:
                return type(error).__name__
        print(attempt(lambda: os.listdir(directory)))
        print(attempt(lambda: open(f"/proc/{program}/environ").read()))
        names = [line.split()[-1] for line in open("/proc/net/unix") if directory in line]
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for name in names + [directory + "/notify"]:
            print(attempt(lambda: s.sendto(b"READY=1", name)))
        """, words[0], words[1],
      ])
    #expect(
      attempts.lines == [
        "PermissionError", "PermissionError", "FileNotFoundError", "FileNotFoundError",
      ], "\(attempts.errors)")
    #expect(try await server.octopus("exists", "s").status == .init(code: 1))
    running.input.write("\n")
    #expect(try await running.output.readLine()?.hasPrefix("s { pid: ") == true)
    running.input.write("\n")
    #expect(await running.outcome().status == .init(code: 0))
  }

  /// A flood of another user's messages neither fills memory nor leaves a descriptor open, and the
  /// program's own message arrives.
  @Test(.enabled(if: geteuid() == 0, "needs to be root to become somebody else"))
  func floodOfUnrelatedMessagesIsDropped() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      [
        "exec", "--provides", "s", "--", "sh", "-c",
        "echo $PPID $NOTIFY_SOCKET; read go; \"$OCTOPUS\" ready && \"$OCTOPUS\" get s; read end",
      ], server, ["OCTOPUS": productsDirectory + "/octopus"])
    let words = try #require(try await running.output.readLine()).split(separator: " ").map(
      String.init)
    let flood =
      "import array, os, socket, sys; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
      + "rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0] * 200))]\n"
      + "text = b'READY=1\\n' + b'x' * 4000\n"
      + "for n in range(3000): s.sendmsg([text], rights, 0, sys.argv[1]); n == 2000 and print('much', flush=True)\n"
    let floods = try (0..<2).map { _ in
      try RunningProgram(
        "setpriv",
        ["--reuid", "65534", "--clear-groups", "/usr/bin/python3", "-c", flood, words[1]])
    }
    for flood in floods { #expect(try await flood.output.readLine() == "much") }
    running.input.write("\n")
    #expect(try await running.output.readLine()?.hasPrefix("s { pid: ") == true)
    let descriptors = try await run("sh", ["-c", "ls /proc/\(running.process.id)/fd | wc -l"])
    #expect(Int(descriptors.output.dropLast()).map { $0 < 60 } == true, "\(descriptors.output)")
    for flood in floods { #expect(await flood.outcome().status == .init(code: 0)) }
    running.input.write("\n")
    #expect(await running.outcome().status == .init(code: 0))
  }

  /// What the program sends that is no message, or has what it should not have, is closed and
  /// forgotten.
  @Test func malformedMessagesLeaveNoDescriptorOpen() async throws {
    let server = try await Octopusd()
    let running = try octopus(
      [
        "exec", "--provides", "s", "--", "/usr/bin/python3", "-c",
        """
        import array, os, select, socket
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        reading, writing = os.pipe()
        def say(text, count):
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [writing] * count))
            s.sendmsg([text], [rights] if count else [], 0, os.environ["NOTIFY_SOCKET"])
        for text in (b"", b"BARRIER=1", b"BARRIER=1\\nREADY=0", b"FDSTORE=1", b"\\0\\xff=\\n\\n==", b"x" * 9000,
                     b"BARRIER=", b"MAINPID=", b"MAINPID=-1", b"READY=1" * 500):
            for count in (0, 1, 2, 253):
                say(text, count)
        os.close(writing)
        assert os.read(reading, 1) == b""
        print("closed", flush=True)
        input()
        """,
      ], server)
    #expect(try await running.output.readLine() == "closed")
    #expect(try await server.octopus("exists", "s").status == .init(code: 1))
    running.input.write("\n")
    #expect(await running.outcome().status == .init(code: 0))
  }

  @Test func stoppingProgramWithdrawsItsRecord() async throws {
    let server = try await Octopusd()
    let outcome = try await octopus(
      [
        "exec", "--provides", "s", "--", "sh", "-c",
        "\"$OCTOPUS\" ready && \"$OCTOPUS\" get s && \"$OCTOPUS\" ready --stopping && \"$OCTOPUS\" names; "
          + "\"$OCTOPUS\" ready && \"$OCTOPUS\" exists s; exit 6",
      ], server, ["OCTOPUS": productsDirectory + "/octopus"]
    ).outcome()
    #expect(outcome.status == .init(code: 6), "\(outcome.errors)")
    #expect(
      outcome.lines.count == 2 && outcome.lines[0].hasPrefix("s {") && outcome.lines[1] == "0")
    #expect(outcome.errors == "")
  }

  @Test func notifySocketIsRemovedWhenTheShellIsKilled() async throws {
    let server = try await Octopusd()
    for signal in [SIGTERM, SIGKILL] {
      let running = try octopus(
        ["exec", "--provides", "s", "--", "sh", "-c", "echo $NOTIFY_SOCKET; exec sleep 1000"],
        server)
      let path = try #require(try await running.output.readLine())
      #expect(access(path, F_OK) == 0)
      running.process.kill(signal)
      _ = await running.outcome()
      // Its guard removes it, at the latest.
      let directory = String(path[..<path.lastIndex(of: "/")!])
      let gone = await blocking {
        let deadline = now() + patience
        while access(directory, F_OK) == 0, now() < deadline { sched_yield() }
        return access(directory, F_OK) != 0
      }
      #expect(gone)
    }
  }
}
