// SPDX-License-Identifier: GPL-3.0-or-later
#include "app.h"
#include "measure.h"
#include "render_backend.h"
#include "screenshots.h"
#include "viewmodels/shell_view_model.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QStandardPaths>
#include <QtCore/QTimer>
#include <QtQml/QQmlExtensionPlugin>
#include <QtQuick/QQuickWindow>
#include <QtQuickControls2/QQuickStyle>
#include <QtWidgets/QApplication>

#include <algorithm>
#include <cstdio>
#include <cstring>

using millrace::desktop::App;

namespace {

struct CommandLine {
    QCommandLineParser parser;
    QCommandLineOption control{QStringLiteral("control"), QStringLiteral("Control socket of the engine."),
                               QStringLiteral("path")};
    QCommandLineOption demo{QStringLiteral("demo"),
                            QStringLiteral("Simulated data instead of an engine, labelled as such.")};
    QCommandLineOption noStart{QStringLiteral("no-start"),
                               QStringLiteral("Do not start an engine automatically; the button still does.")};
    QCommandLineOption theme{QStringLiteral("theme"), QStringLiteral("system, light or dark, for this run."),
                             QStringLiteral("name")};
    QCommandLineOption language{QStringLiteral("language"), QStringLiteral("system, en or de, for this run."),
                                QStringLiteral("name")};
    QCommandLineOption sampleLoad{QStringLiteral("sample-load"),
                                  QStringLiteral("Start the sample load as soon as there is an engine.")};
    QCommandLineOption page{QStringLiteral("page"),
                            QStringLiteral("Page to open, such as flow or settings/batcher.size_max."),
                            QStringLiteral("name")};
    QCommandLineOption size{QStringLiteral("size"), QStringLiteral("Size of the window, such as 1440x900."),
                            QStringLiteral("WxH")};
    QCommandLineOption shots{QStringLiteral("screenshots"),
                             QStringLiteral("Save a PNG of every page in both themes there, then exit."),
                             QStringLiteral("folder")};
    QCommandLineOption settle{QStringLiteral("settle"),
                              QStringLiteral("Seconds to collect data before the screenshots (default 20)."),
                              QStringLiteral("seconds"), QStringLiteral("20")};
    QCommandLineOption measure{
        QStringLiteral("measure"),
        QStringLiteral("Print what the console costs as JSON, after that many seconds on each page, then exit."),
        QStringLiteral("seconds")};
    QCommandLineOption help = parser.addHelpOption();
    QCommandLineOption version = parser.addVersionOption();

    CommandLine()
    {
        parser.setApplicationDescription(
            QStringLiteral("The console of Millrace: shows and controls a running engine (millraced)."));
        measure.setFlags(QCommandLineOption::HiddenFromHelp);  // for tests/bench/console
        parser.addOptions({control, demo, noStart, sampleLoad, theme, language, page, size, shots, settle, measure});
    }
};

void nameProgram()
{
    QCoreApplication::setApplicationName(QStringLiteral("millrace"));
    QCoreApplication::setApplicationVersion(QStringLiteral(MILLRACE_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Millrace"));
    QGuiApplication::setDesktopFileName(QStringLiteral("millrace"));
}

/// Answers --help and --version, which need no display. Exits the process if one was given.
void answerWithoutDisplay(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        const QLatin1String argument(argv[i]);
        if (argument != QLatin1String("--help") && argument != QLatin1String("-h") &&
            argument != QLatin1String("--help-all") && argument != QLatin1String("--version") &&
            argument != QLatin1String("-v"))
            continue;
        QCoreApplication application(argc, argv);
        nameProgram();
        CommandLine line;
        line.parser.process(application);
    }
}

bool hasDisplay(int argc, char** argv)
{
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) {
        if (!qEnvironmentVariableIsEmpty(name)) return true;
    }
    return std::any_of(argv + 1, argv + argc, [](const char* argument) {
        return std::strcmp(argument, "-platform") == 0 || std::strcmp(argument, "--platform") == 0;
    });
}

}  // namespace

int main(int argc, char** argv)
{
    answerWithoutDisplay(argc, argv);
    if (!hasDisplay(argc, argv)) {
        std::fputs("millrace: no display: neither DISPLAY nor WAYLAND_DISPLAY is set; millracectl needs none\n",
                   stderr);
        return 1;
    }
    // Qt Charts draws with Qt Widgets' graphics scene and needs a QApplication.
    QApplication application(argc, argv);
    nameProgram();
    QQuickStyle::setFallbackStyle(QStringLiteral("Basic"));
    QQuickStyle::setStyle(QStringLiteral("Millrace.Style"));

    CommandLine line;
    auto& parser = line.parser;
    parser.process(application);

    const auto fail = [](const QString& message) {
        std::fprintf(stderr, "millrace: %s\n", qPrintable(message));
        return 2;
    };
    if (!parser.positionalArguments().isEmpty())
        return fail(QStringLiteral("unexpected argument: ") + parser.positionalArguments().constFirst());

    App::Options options;
    options.control = parser.value(line.control);
    options.demo = parser.isSet(line.demo);
    options.noStart = parser.isSet(line.noStart);
    options.sampleLoad = parser.isSet(line.sampleLoad);
    options.theme = parser.value(line.theme);
    options.language = parser.value(line.language);
    options.page = parser.value(line.page);
    options.screenshots = parser.value(line.shots);
    if (!QStringList{QString(), QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")}.contains(
            options.theme)) {
        return fail(QStringLiteral("--theme takes system, light or dark"));
    }
    if (!QStringList{QString(), QStringLiteral("system"), QStringLiteral("en"), QStringLiteral("de")}.contains(
            options.language)) {
        return fail(QStringLiteral("--language takes system, en or de"));
    }
    bool number = false;
    options.settleSeconds = parser.value(line.settle).toInt(&number);
    if (!number || options.settleSeconds < 0) return fail(QStringLiteral("--settle takes seconds"));
    if (parser.isSet(line.size)) {
        const QStringList parts = parser.value(line.size).split(u'x');
        if (parts.size() == 2) options.size = QSize(parts.at(0).toInt(), parts.at(1).toInt());
        if (options.size.width() < 1024 || options.size.height() < 640)
            return fail(QStringLiteral("--size takes WxH, at least 1024x640"));
    }
    const int measureSeconds = parser.value(line.measure).toInt();
    if (parser.isSet(line.measure) && measureSeconds < 1) return fail(QStringLiteral("--measure takes seconds"));
    if (!options.screenshots.isEmpty() || measureSeconds > 0) {
        if (options.size.isEmpty()) options.size = QSize(1440, 900);
    } else {
        options.notify = true;
        options.preferences = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
                              QStringLiteral("/millrace/console.ini");
    }

    millrace::desktop::chooseRenderBackend();
    App app(options);
    if (!options.page.isEmpty() && !app.shell()->hasPage(options.page.section(u'/', 0, 0)))
        return fail(QStringLiteral("there is no page ") + options.page);
    if (!app.load()) return fail(QStringLiteral("the window could not be made"));

    std::unique_ptr<millrace::desktop::Screenshots> screenshots;
    if (!options.screenshots.isEmpty()) {
        screenshots = std::make_unique<millrace::desktop::Screenshots>(*app.shell(), *app.window(), options.screenshots,
                                                                       options.settleSeconds);
        QObject::connect(
            screenshots.get(), &millrace::desktop::Screenshots::finished, &application,
            [](bool ok) { QCoreApplication::exit(ok ? 0 : 1); }, Qt::QueuedConnection);
    }
    std::unique_ptr<millrace::desktop::Measure> measured;
    if (measureSeconds > 0) {
        measured = std::make_unique<millrace::desktop::Measure>(*app.shell(), *app.window(), measureSeconds);
        QObject::connect(measured.get(), &millrace::desktop::Measure::finished, &application, &QCoreApplication::quit,
                         Qt::QueuedConnection);
    }
    return QApplication::exec();
}
