// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/process_usage.h"

#include <QTest>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace millrace;

class TestProcessUsage : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textsOfTheKernelAreRead_data()
    {
        QTest::addColumn<std::string>("stat");
        QTest::addColumn<std::string>("statm");
        QTest::addColumn<int>("cpuMs");
        QTest::addColumn<int>("threads");
        QTest::addColumn<int>("residentPages");
        QTest::addColumn<int>("anonymousPages");
        const std::string name = "4711 (mill (race) x) S 1 2 3 0 -1 4194304 100 0 5 0 ";
        const std::string statm = "9000 2560 1800 2000 0 1500 0";
        QTest::newRow("a name with brackets and spaces")
            << name + "250 50 0 0 20 0 9 0 12345 104857600 2560 184467" << statm << 3000 << 9 << 2560 << 760;
        QTest::newRow("cut off") << name + "250" << std::string("9000") << 2500 << 0 << 0 << 0;
        QTest::newRow("ends with the name") << std::string("1 (x)") << std::string() << 0 << 0 << 0 << 0;
        QTest::newRow("nothing") << std::string() << std::string() << 0 << 0 << 0 << 0;
        QTest::newRow("nonsense") << std::string("nonsense) a b c d e f g h i j k l m n") << std::string("nonsense")
                                  << 0 << 0 << 0 << 0;
        QTest::newRow("more shared than resident") << std::string() << std::string("9000 10 20") << 0 << 0 << 0 << 0;
    }
    void textsOfTheKernelAreRead()
    {
        QFETCH(const std::string, stat);
        QFETCH(const std::string, statm);
        QFETCH(const int, cpuMs);
        QFETCH(const int, threads);
        QFETCH(const int, residentPages);
        QFETCH(const int, anonymousPages);
        const ProcessUsage usage = parseProcessUsage(stat, statm, 100, 4096);
        QVERIFY(usage.cpu == std::chrono::milliseconds(cpuMs));
        QCOMPARE(usage.threads, static_cast<std::uint32_t>(threads));
        QCOMPARE(usage.residentBytes, static_cast<std::uint64_t>(residentPages) * 4096);
        QCOMPARE(usage.anonymousBytes, static_cast<std::uint64_t>(anonymousPages) * 4096);
    }

    void ofThisProcess()
    {
        const ProcessUsage own = ownUsage();
        QVERIFY(own.residentBytes > 1'000'000);
        QVERIFY(own.anonymousBytes > 100'000 && own.anonymousBytes < own.residentBytes);
        QVERIFY(own.threads >= 1);
        QVERIFY(machineBusy() >= own.cpu);
    }

    void ofAnotherProcessWhileItIsThere()
    {
        const int child = ::fork();
        if (child == 0) {
            for (;;) ::pause();
        }
        QVERIFY(child > 0);
        QCOMPARE(processUsage(child).threads, 1u);
        ::kill(child, SIGKILL);
        QCOMPARE(::waitpid(child, nullptr, 0), child);
        QCOMPARE(processUsage(child).threads, 0u);
        QCOMPARE(processUsage(-1).residentBytes, std::uint64_t(0));
        QCOMPARE(processUsage(0).residentBytes, std::uint64_t(0));
    }
};

QTEST_GUILESS_MAIN(TestProcessUsage)
#include "tst_process_usage.moc"
