// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process_setup.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <cstdint>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace millrace;

namespace {

/// Of this process's table of files.
int tableSize()
{
    QFile status(QStringLiteral("/proc/self/status"));
    if (!status.open(QFile::ReadOnly)) return -1;
    for (const auto& line : status.readAll().split('\n'))
        if (line.startsWith("FDSize:")) return line.mid(7).trimmed().toInt();
    return -1;
}

/// What `work` says in a process of its own, whose table and limits are as at its start.
template <typename Work>
int inChild(Work work)
{
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

class TestProcessSetup : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tableOfFilesIsAsLargeAsAskedFor()
    {
        QCOMPARE(inChild([] {
                     const auto room = makeRoomForFiles(4096);
                     rlimit limit = {};
                     ::getrlimit(RLIMIT_NOFILE, &limit);
                     if (limit.rlim_cur != limit.rlim_max) return 1;
                     if (room != std::min<rlim_t>(4096, limit.rlim_cur)) return 2;
                     return tableSize() >= static_cast<int>(room) ? 0 : 3;
                 }),
                 0);
    }

    void hardLimitBoundsIt()
    {
        QCOMPARE(inChild([] {
                     const rlimit few{64, 128};
                     if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return 1;
                     if (makeRoomForFiles(1'000'000'000) != 128) return 2;
                     return makeRoomForFiles(0) == 0 ? 0 : 3;
                 }),
                 0);
    }

    void nothingIsLeftOpen()
    {
        QCOMPARE(inChild([] {
                     const int before = ::dup(0);
                     ::close(before);
                     const auto room = makeRoomForFiles(512);
                     const int after = ::dup(0);
                     if (after != before) return 1;
                     return ::fcntl(static_cast<int>(room) - 1, F_GETFD) == -1 ? 0 : 2;
                 }),
                 0);
    }

    void slicesAreThoseOfTheThreadThatAsked()
    {
        std::uint64_t usual = schedulingSliceNs(), mine = 0, started = 0, child = 0;
        bool known = false;
        std::thread([&] {
            known = askForShortSlices();
            mine = schedulingSliceNs();
            std::thread([&] { started = schedulingSliceNs(); }).join();
            child = inChild([usual] { return schedulingSliceNs() == usual ? 1 : 2; });
        }).join();
        // Where the kernel (before Linux 6.12) has no slices that a thread may choose, nothing is changed.
        QCOMPARE(mine, known ? std::uint64_t{100'000} : usual);
        QCOMPARE(started, usual);
        QCOMPARE(child, std::uint64_t{1});
        QCOMPARE(schedulingSliceNs(), usual);
    }
};

QTEST_GUILESS_MAIN(TestProcessSetup)
#include "tst_process_setup.moc"
