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
    void theFirstStartOfTheEngineKeepsFiveModels_data();
    void theFirstStartOfTheEngineKeepsFiveModels();

private:
    QProcessEnvironment environment(bool offscreen) const;
    struct Outcome {
        QProcess::ExitStatus status = QProcess::CrashExit;
        int code = -1;
        QString out;
        QString err;
    };
    Outcome run(const QStringList& arguments, bool offscreen);

    QTemporaryDir home_;
};

QProcessEnvironment TestProgram::environment(bool offscreen) const
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        environment.remove(QString::fromLatin1(name));
    if (offscreen) environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"})
        environment.insert(QString::fromLatin1(name), home_.path());
    return environment;
}

TestProgram::Outcome TestProgram::run(const QStringList& arguments, bool offscreen)
{
    QProcess process;
    process.setProcessEnvironment(environment(offscreen));
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
    QTest::newRow("page") << QStringList{QStringLiteral("--page"), QStringLiteral("nowhere")};
    QTest::newRow("page of a setting") << QStringList{QStringLiteral("--page"),
                                                      QStringLiteral("nowhere/batcher.size_max")};
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

void TestProgram::theFirstStartOfTheEngineKeepsFiveModels_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<bool>("starts");
    QTest::newRow("an engine is started") << QStringList{} << true;
    QTest::newRow("--demo") << QStringList{QStringLiteral("--demo")} << false;
}

/// What the console starts the engine with; a script in the place of the engine writes it down.
void TestProgram::theFirstStartOfTheEngineKeepsFiveModels()
{
    QFETCH(QStringList, arguments);
    QFETCH(bool, starts);
    QTemporaryDir folder;
    const QString console = folder.filePath(QStringLiteral("millrace"));
    const QString engine = folder.filePath(QStringLiteral("millraced"));
    const QString told = folder.filePath(QStringLiteral("arguments"));
    QVERIFY(QFile::copy(QStringLiteral(MILLRACE_BIN_DIR "/millrace"), console));
    QFile script(engine);
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write(QStringLiteral("#!/bin/sh\necho \"$@\" > '%1.part' && mv '%1.part' '%1'\n").arg(told).toUtf8());
    script.close();
    QVERIFY(script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    QProcess process;
    process.setProcessEnvironment(environment(true));
    if (starts) {
        process.start(console, arguments);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(told), 20'000);
        process.terminate();
    } else {
        process.start(console,
                      arguments + QStringList{QStringLiteral("--screenshots"), folder.filePath(QStringLiteral("shots")),
                                              QStringLiteral("--settle"), QStringLiteral("0")});
    }
    QVERIFY(process.waitForFinished(60'000));
    QCOMPARE(QFile::exists(told), starts);
    if (!starts) return;
    QFile file(told);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QString line = QString::fromUtf8(file.readAll());
    QVERIFY2(line.contains(QStringLiteral("--first-start loader.resident_max=5")), qPrintable(line));
}

QTEST_GUILESS_MAIN(TestProgram)
#include "tst_program.moc"
