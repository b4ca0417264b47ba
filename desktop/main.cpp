// SPDX-License-Identifier: GPL-3.0-or-later
#include "app.h"
#include "screenshots.h"
#include "viewmodels/shell_view_model.h"

#include <QtCore/QCommandLineParser>
#include <QtCore/QStandardPaths>
#include <QtCore/QTimer>
#include <QtQml/QQmlExtensionPlugin>
#include <QtQuick/QQuickWindow>
#include <QtQuickControls2/QQuickStyle>
#include <QtWidgets/QApplication>

#include <cstdio>

using millrace::desktop::App;

int main(int argc, char** argv)
{
    // Qt Charts draws with Qt Widgets' graphics scene and needs a QApplication.
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("millrace"));
    QCoreApplication::setApplicationVersion(QStringLiteral(MILLRACE_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Millrace"));
    QQuickStyle::setFallbackStyle(QStringLiteral("Basic"));
    QQuickStyle::setStyle(QStringLiteral("Millrace.Style"));

    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("The console of Millrace: shows and steers a running engine (millraced)."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption control(QStringLiteral("control"), QStringLiteral("Control socket of the engine."),
                                     QStringLiteral("path"));
    const QCommandLineOption demo(QStringLiteral("demo"),
                                  QStringLiteral("Made-up data instead of an engine; labelled as such."));
    const QCommandLineOption noStart(QStringLiteral("no-start"), QStringLiteral("Attach only; never start an engine."));
    const QCommandLineOption theme(QStringLiteral("theme"), QStringLiteral("system, light or dark."),
                                   QStringLiteral("name"));
    const QCommandLineOption page(QStringLiteral("page"), QStringLiteral("Page to open, such as flow or settings."),
                                  QStringLiteral("name"));
    const QCommandLineOption size(QStringLiteral("size"), QStringLiteral("Size of the window, such as 1440x900."),
                                  QStringLiteral("WxH"));
    const QCommandLineOption shots(QStringLiteral("screenshots"),
                                   QStringLiteral("Save a PNG of every page in both themes there, then end."),
                                   QStringLiteral("folder"));
    const QCommandLineOption settle(QStringLiteral("settle"),
                                    QStringLiteral("Seconds that data gathers before screenshots (default 20)."),
                                    QStringLiteral("seconds"), QStringLiteral("20"));
    parser.addOptions({control, demo, noStart, theme, page, size, shots, settle});
    parser.process(application);

    const auto fail = [](const QString& message) {
        std::fprintf(stderr, "millrace: %s\n", qPrintable(message));
        return 2;
    };
    if (!parser.positionalArguments().isEmpty())
        return fail(QStringLiteral("unexpected argument: ") + parser.positionalArguments().constFirst());

    App::Options options;
    options.control = parser.value(control);
    options.demo = parser.isSet(demo);
    options.noStart = parser.isSet(noStart);
    options.theme = parser.value(theme);
    options.page = parser.value(page);
    options.screenshots = parser.value(shots);
    if (!QStringList{QString(), QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")}.contains(
            options.theme)) {
        return fail(QStringLiteral("--theme takes system, light or dark"));
    }
    bool number = false;
    options.settleSeconds = parser.value(settle).toInt(&number);
    if (!number || options.settleSeconds < 0) return fail(QStringLiteral("--settle takes seconds"));
    if (parser.isSet(size)) {
        const QStringList parts = parser.value(size).split(u'x');
        if (parts.size() == 2) options.size = QSize(parts.at(0).toInt(), parts.at(1).toInt());
        if (options.size.width() < 1024 || options.size.height() < 640)
            return fail(QStringLiteral("--size takes WxH, at least 1024x640"));
    }
    if (!options.screenshots.isEmpty()) {
        if (options.size.isEmpty()) options.size = QSize(1440, 900);
    } else {
        options.preferences = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation) +
                              QStringLiteral("/millrace/console.ini");
    }

    App app(options);
    if (!options.page.isEmpty() && app.shell()->pages()->indexOf(options.page) < 0)
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
    return QApplication::exec();
}
