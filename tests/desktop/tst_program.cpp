// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>
#include <QtTest/QTest>

/// The program as a process, where there is no display.
class TestProgram : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void questionsNeedNoDisplay_data();
    void questionsNeedNoDisplay();
    void withoutADisplayItSaysSo();
    void wrongCommandLinesAreRefused_data();
    void wrongCommandLinesAreRefused();

private:
    struct Outcome {
        QProcess::ExitStatus status = QProcess::CrashExit;
        int code = -1;
        QString out;
        QString err;
    };
    Outcome run(const QStringList& arguments, bool offscreen);

    QTemporaryDir home_;
};

TestProgram::Outcome TestProgram::run(const QStringList& arguments, bool offscreen)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        environment.remove(QString::fromLatin1(name));
    if (offscreen) environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"})
        environment.insert(QString::fromLatin1(name), home_.path());
    process.setProcessEnvironment(environment);
    process.start(QStringLiteral(MILLRACE_BIN_DIR "/millrace"), arguments);
    Outcome outcome;
    if (!process.waitForFinished(20'000)) {
        process.kill();
        process.waitForFinished();
        return outcome;
    }
    outcome.status = process.exitStatus();
    outcome.code = process.exitCode();
    outcome.out = QString::fromUtf8(process.readAllStandardOutput());
    outcome.err = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

void TestProgram::questionsNeedNoDisplay_data()
{
    QTest::addColumn<QString>("argument");
    QTest::addColumn<QString>("said");
    QTest::newRow("--help") << "--help"
                            << "--control";
    QTest::newRow("-h") << "-h"
                        << "--control";
    QTest::newRow("--version") << "--version"
                               << "illrace";
    QTest::newRow("-v") << "-v"
                        << "illrace";
}

/// It used to abort with a core dump: the application was made before the command line was read.
void TestProgram::questionsNeedNoDisplay()
{
    QFETCH(QString, argument);
    QFETCH(QString, said);
    const Outcome outcome = run({argument}, false);
    QCOMPARE(outcome.status, QProcess::NormalExit);
    QCOMPARE(outcome.code, 0);
    QVERIFY2(outcome.out.contains(said), qPrintable(outcome.out + outcome.err));
    QVERIFY2(!outcome.out.contains(QStringLiteral("--measure")), "it is for the bench");
}

void TestProgram::withoutADisplayItSaysSo()
{
    const Outcome outcome = run({}, false);
    QCOMPARE(outcome.status, QProcess::NormalExit);
    QCOMPARE(outcome.code, 1);
    QVERIFY2(outcome.err.contains(QStringLiteral("no display")), qPrintable(outcome.err));
    QCOMPARE(outcome.err.trimmed().count(u'\n'), 0);
}

void TestProgram::wrongCommandLinesAreRefused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("a word too many") << QStringList{QStringLiteral("something")};
    QTest::newRow("theme") << QStringList{QStringLiteral("--theme"), QStringLiteral("pink")};
    QTest::newRow("size") << QStringList{QStringLiteral("--size"), QStringLiteral("10x10")};
    QTest::newRow("settle") << QStringList{QStringLiteral("--settle"), QStringLiteral("soon")};
    QTest::newRow("measure") << QStringList{QStringLiteral("--measure"), QStringLiteral("0")};
}

void TestProgram::wrongCommandLinesAreRefused()
{
    QFETCH(QStringList, arguments);
    const Outcome outcome = run(arguments + QStringList{QStringLiteral("--no-start")}, true);
    QCOMPARE(outcome.status, QProcess::NormalExit);
    QCOMPARE(outcome.code, 2);
    QVERIFY2(outcome.err.startsWith(QStringLiteral("millrace: ")), qPrintable(outcome.err));
}

QTEST_GUILESS_MAIN(TestProgram)
#include "tst_program.moc"
