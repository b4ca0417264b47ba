// SPDX-License-Identifier: GPL-3.0-or-later
#include "app.h"

#include "client/fake_engine_client.h"
#include "client/grpc_engine_client.h"
#include "viewmodels/shell_view_model.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFileInfo>
#include <QtQml/QQmlApplicationEngine>
#include <QtQml/QQmlEngine>
#include <QtQuick/QQuickWindow>

namespace millrace::desktop {
namespace {

std::unique_ptr<EngineClient> makeClient(const App::Options& options)
{
    if (options.demo) return std::make_unique<FakeEngineClient>(true, QDateTime::currentMSecsSinceEpoch());
    GrpcEngineClient::Options grpc;
    grpc.socket = options.control.isEmpty() ? GrpcEngineClient::defaultSocket() : options.control;
    const QFileInfo beside(QDir(QCoreApplication::applicationDirPath()).filePath(QStringLiteral("millraced")));
    if (!options.noStart && beside.isExecutable()) grpc.engine = beside.absoluteFilePath();
    grpc.log = qEnvironmentVariable("XDG_STATE_HOME", QDir::home().filePath(QStringLiteral(".local/state"))) +
               QStringLiteral("/millrace/millraced.log");
    return std::make_unique<GrpcEngineClient>(grpc);
}

}  // namespace

App::App(Options options, QObject* parent) : QObject(parent), options_(std::move(options))
{
    preferences_ = std::make_unique<Preferences>(options_.preferences);
    if (options_.theme == QStringLiteral("light")) preferences_->setTheme(Preferences::Light);
    if (options_.theme == QStringLiteral("dark")) preferences_->setTheme(Preferences::Dark);
    if (options_.theme == QStringLiteral("system")) preferences_->setTheme(Preferences::System);
    session_ = std::make_unique<Session>(makeClient(options_));
    session_->setPreferences(preferences_.get());
    shell_ = std::make_unique<ShellViewModel>(*session_, *preferences_, !options_.noStart && !options_.demo);
    if (!options_.page.isEmpty()) shell_->openPage(options_.page);
}

App::~App()
{
    // The window refers to the view-models.
    engine_.reset();
}

bool App::load()
{
    engine_ = std::make_unique<QQmlApplicationEngine>();
    engine_->addImportPath(QStringLiteral("qrc:/qt/qml"));
    QVariantMap properties{{QStringLiteral("shell"), QVariant::fromValue(shell_.get())}};
    const QRect kept = preferences_->rect(QStringLiteral("geometry"));
    if (!options_.size.isEmpty()) {
        properties.insert(QStringLiteral("width"), options_.size.width());
        properties.insert(QStringLiteral("height"), options_.size.height());
    } else if (kept.width() >= 1024 && kept.height() >= 640) {
        properties.insert(QStringLiteral("x"), kept.x());
        properties.insert(QStringLiteral("y"), kept.y());
        properties.insert(QStringLiteral("width"), kept.width());
        properties.insert(QStringLiteral("height"), kept.height());
    }
    engine_->setInitialProperties(properties);
    engine_->load(QUrl(QStringLiteral("qrc:/qt/qml/Millrace/Main.qml")));
    if (engine_->rootObjects().isEmpty()) return false;
    window_ = qobject_cast<QQuickWindow*>(engine_->rootObjects().constFirst());
    if (!window_) return false;
    session_->client().start();
    return true;
}

}  // namespace millrace::desktop
