// SPDX-License-Identifier: GPL-3.0-or-later
#include "telemetry/log_writer.h"

#include <QtTest>

#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <utility>

using namespace millrace::telemetry;

namespace {

struct Pipe {
    int read = -1, write = -1;
    Pipe()
    {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return;
        read = ends[0];
        write = ends[1];
        ::fcntl(write, F_SETPIPE_SZ, 4096);
    }
    ~Pipe()
    {
        closeRead();
        ::close(write);
    }
    void closeRead()
    {
        if (read >= 0) ::close(std::exchange(read, -1));
    }
    /// Until `text` has come.
    std::string readUntil(const std::string& text) const
    {
        std::string all;
        char some[4096];
        while (all.find(text) == std::string::npos) {
            const ssize_t got = ::read(read, some, sizeof some);
            if (got <= 0) break;
            all.append(some, static_cast<std::size_t>(got));
        }
        return all;
    }
};

std::string missing(std::uint64_t count)
{
    return "missing " + std::to_string(count) + "\n";
}

}  // namespace

class TestLogWriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void linesComeOutInOrder()
    {
        Pipe pipe;
        LogWriter log(pipe.write, missing);
        std::string expected;
        for (int i = 0; i < 500; ++i) {
            expected += "line " + std::to_string(i) + "\n";
            log.write("line " + std::to_string(i) + "\n");
        }
        QCOMPARE(pipe.readUntil("line 499\n"), expected);
        QCOMPARE(log.dropped(), std::uint64_t(0));
    }

    void aReaderWhoDoesNotReadStopsNobody()
    {
        Pipe pipe;
        LogWriter log(pipe.write, missing);
        std::uint64_t told = 0;
        log.onDropped([&](std::uint64_t count) { told += count; });
        const std::string line(200, 'x');
        for (std::size_t i = 0; i < LogWriter::kLinesMax * 3; ++i) log.write(line + "\n");  // used to wait here
        QVERIFY(log.dropped() > LogWriter::kLinesMax);
        QCOMPARE(told, log.dropped());

        // Somebody reads again: what was kept, then how many are missing, then what follows.
        const auto dropped = log.dropped();
        std::string all;
        for (int i = 0; i < 3 && all.find("missing") == std::string::npos; ++i) {
            all += pipe.readUntil(line + "\n");
            while (all.find("missing") == std::string::npos && all.size() < (LogWriter::kBytesMax + 65536)) {
                char some[4096];
                const ssize_t got = ::read(pipe.read, some, sizeof some);
                if (got <= 0) break;
                all.append(some, static_cast<std::size_t>(got));
            }
        }
        QVERIFY(all.find(missing(dropped)) != std::string::npos);
        log.write("and on\n");
        QVERIFY(pipe.readUntil("and on\n").find("and on\n") != std::string::npos);
    }

    void aLineLargerThanThePipeGoesThroughWhole()
    {
        Pipe pipe;
        LogWriter log(pipe.write, missing);
        const std::string line = std::string(100'000, 'y') + "\n";
        log.write(line);
        QCOMPARE(pipe.readUntil("\n"), line);
    }

    void nobodyThereIsNoReasonToStop()
    {
        std::signal(SIGPIPE, SIG_IGN);
        Pipe pipe;
        LogWriter log(pipe.write, missing);
        pipe.closeRead();
        log.write("gone\n");
        QTRY_COMPARE(log.dropped(), std::uint64_t(1));
    }

    void theEndIsBounded()
    {
        Pipe pipe;
        const auto began = std::chrono::steady_clock::now();
        {
            LogWriter log(pipe.write, missing);
            for (int i = 0; i < 100; ++i) log.write(std::string(1000, 'z') + "\n");
        }
        QVERIFY(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
        Pipe read;
        {
            LogWriter log(read.write, missing);
            log.write("last words\n");
        }
        QCOMPARE(read.readUntil("\n"), std::string("last words\n"));
    }
};

QTEST_GUILESS_MAIN(TestLogWriter)
#include "tst_log_writer.moc"
