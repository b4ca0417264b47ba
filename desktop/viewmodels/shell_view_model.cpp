// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/shell_view_model.h"

#include "control.pb.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/translation.h"
#include "viewmodels/models_view_model.h"
#include "viewmodels/requests_view_model.h"
#include "viewmodels/settings_view_model.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QDateTime>
#include <QtCore/QDir>
#include <QtCore/QFile>
#include <QtCore/QStandardPaths>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>

namespace millrace::desktop {
namespace {

constexpr int kToastMs = 6000;
constexpr int kHighlightMs = 2500;  // a figure that a link points to is marked
constexpr int kUndoMs = 10'000;     // long enough to read it and to reach the button
constexpr int kStopWaitMs = 3000;   // for the engine's word that it stops, before the window closes anyway
const QString kAtCloseKey = QStringLiteral("engine_at_close");

}  // namespace

ShellViewModel::ShellViewModel(Session& session, Preferences& preferences, const QString& bench, QObject* parent)
    : QObject(parent),
      session_(session),
      preferences_(preferences),
      engine_(session),
      health_(session, engine_),
      sampleLoad_(session, bench),
      pages_(session),
      paletteEntries_(*this)
{
    wantedTimer_.setSingleShot(true);
    connect(&wantedTimer_, &QTimer::timeout, this, [this] { wantFigure({}); });
    toastTimer_.setSingleShot(true);
    connect(&toastTimer_, &QTimer::timeout, this, &ShellViewModel::dismissToast);
    connect(&session_, &Session::notice, this, &ShellViewModel::notify);
    connect(&session_, &Session::undoable, this, [this](const QString& text, const std::function<void()>& undo) {
        notify(text, false);
        undo_ = undo;
        toastTimer_.start(kUndoMs);
        Q_EMIT toastChanged();
    });
    connect(&health_, &HealthViewModel::pageRequested, this, &ShellViewModel::openPage);
    connect(&health_, &HealthViewModel::requestsRequested, this, &ShellViewModel::showRequests);
    palette_.setSource([this] { return paletteEntries_.all(); });
    session_.time()->setWindowIndex(preferences_.number(QStringLiteral("time_window"), session_.time()->windowIndex()));
    connect(session_.time(), &TimeView::rangeChanged, this, [this] {
        const int index = session_.time()->windowIndex();
        if (index != preferences_.number(QStringLiteral("time_window"), -1))
            preferences_.keep(QStringLiteral("time_window"), index);
    });
    const int remembered = pages_.indexOf(preferences_.text(QStringLiteral("page")));
    page_ = std::max(0, remembered);
    pages_.viewModel(page_)->setActive(true);
    // Pages know nothing of each other; what one of them leads to is here.
    auto* requests = qobject_cast<RequestsViewModel*>(pages_.viewModel(QStringLiteral("requests")));
    auto* models = qobject_cast<ModelsViewModel*>(pages_.viewModel(QStringLiteral("models")));
    if (requests && models) {
        connect(requests, &RequestsViewModel::pinRequested, models,
                [models](const QString& model) { models->pin(model, true); });
    }
}

void ShellViewModel::setPage(int page)
{
    if (page == page_ || page < 0 || page >= pages_.rowCount()) return;
    wantFigure({});
    pages_.viewModel(page_)->setActive(false);
    page_ = page;
    pages_.viewModel(page_)->setActive(true);
    preferences_.keep(QStringLiteral("page"), pageKey());
    Q_EMIT pageChanged();
}

QString ShellViewModel::pageTitle() const
{
    return pages_.index(page_).data(PageList::TitleRole).toString();
}

QString ShellViewModel::pageSubtitle() const
{
    return pages_.index(page_).data(PageList::SubtitleRole).toString();
}

QString ShellViewModel::version() const
{
    return QCoreApplication::applicationVersion();
}

void ShellViewModel::openPage(const QString& key)
{
    const qsizetype slash = key.indexOf(u'/');
    setPage(pages_.indexOf(key.left(slash)));
    if (slash < 0) return;
    if (auto* settings = qobject_cast<SettingsViewModel*>(pages_.viewModel(page_)))
        settings->reveal(key.mid(slash + 1));
}

void ShellViewModel::openFigure(const QString& target)
{
    if (target.isEmpty()) return;
    const QString figure = target.section(u'#', 1);
    openPage(target.section(u'#', 0, 0));
    wantFigure({});  // the same again is shown again
    wantFigure(figure);
    wantedTimer_.start(kHighlightMs);
}

QString ShellViewModel::figureHint(const QString& target) const
{
    const int page = pages_.indexOf(target.section(u'#', 0, 0));
    if (page < 0) return {};
    return page == page_
               ? tr("Show it on this page")
               : tr("Show where it comes from: %1").arg(pages_.index(page).data(PageList::TitleRole).toString());
}

void ShellViewModel::wantFigure(const QString& figure)
{
    if (figure == highlightedFigure_) return;
    highlightedFigure_ = figure;
    Q_EMIT highlightedFigureChanged();
}

void ShellViewModel::notify(const QString& text, bool bad)
{
    toast_ = text;
    toastBad_ = bad;
    undo_ = nullptr;
    toastTimer_.start(kToastMs);
    Q_EMIT toastChanged();
}

void ShellViewModel::dismissToast()
{
    toastTimer_.stop();
    toast_.clear();
    undo_ = nullptr;
    Q_EMIT toastChanged();
}

void ShellViewModel::undo()
{
    const std::function<void()> undo = undo_;
    dismissToast();
    if (undo) undo();
}

void ShellViewModel::copy(const QString& text, const QString& what)
{
    if (text.isEmpty()) {
        notify(tr("There is no model to call yet"), true);
        return;
    }
    QGuiApplication::clipboard()->setText(text);
    notify(tr("%1 copied").arg(what), false);
}

QString ShellViewModel::exportPath(const QString& stem, const QString& suffix) const
{
    const QDir folder(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation) +
                      QStringLiteral("/Millrace"));
    folder.mkpath(QStringLiteral("."));
    const QString when = QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss"));
    QString path = folder.filePath(QStringLiteral("%1-%2.%3").arg(stem, when, suffix));
    for (int i = 2; QFile::exists(path); ++i)
        path = folder.filePath(QStringLiteral("%1-%2-%3.%4").arg(stem, when).arg(i).arg(suffix));
    return path;
}

void ShellViewModel::exported(const QString& path, bool ok)
{
    notify(ok ? tr("Saved %1").arg(path) : tr("Could not write %1").arg(path), !ok);
}

void ShellViewModel::saveText(const QString& stem, const QString& suffix, const QString& text)
{
    const QString path = exportPath(stem, suffix);
    QFile file(path);
    const QByteArray bytes = text.toUtf8();
    exported(path, file.open(QIODevice::WriteOnly | QIODevice::NewOnly) && file.write(bytes) == bytes.size());
}

bool ShellViewModel::steer(int key, int modifiers)
{
    if ((modifiers & ~(Qt::KeypadModifier | Qt::GroupSwitchModifier)) != Qt::NoModifier) return false;
    TimeView& time = *session_.time();
    switch (key) {
        case Qt::Key_Space:
            time.togglePause();
            return true;
        case Qt::Key_End:
            time.goLive();
            return true;
        case Qt::Key_Left:
            time.pan(-1);
            return true;
        case Qt::Key_Right:
            time.pan(1);
            return true;
        default:
            return false;
    }
}

// ---- closing ----

ShellViewModel::AtClose ShellViewModel::atClose() const
{
    const QString kept = preferences_.text(kAtCloseKey);
    return kept == u"keep" ? AtClose::Keep : kept == u"stop" ? AtClose::Stop : AtClose::Ask;
}

bool ShellViewModel::mayClose()
{
    if (closing_ || !engine_.isStartedHere() || !session_.hasData() ||
        session_.client().phase() == EngineClient::Phase::NoEngine)
        return true;
    switch (atClose()) {
        case AtClose::Keep:
            return true;
        case AtClose::Stop:
            stopAndQuit();
            return false;
        case AtClose::Ask:
            Q_EMIT closeRequested();
            return false;
    }
    return true;
}

void ShellViewModel::closeWith(bool stopEngine, bool always)
{
    if (always) preferences_.keep(kAtCloseKey, stopEngine ? QStringLiteral("stop") : QStringLiteral("keep"));
    if (stopEngine) {
        stopAndQuit();
        return;
    }
    closing_ = true;
    Q_EMIT quitRequested();
}

void ShellViewModel::stopAndQuit()
{
    if (closing_) return;
    closing_ = true;
    session_.client().shutdownEngine(this, [this](const Outcome<control::ShutdownReply>&) { Q_EMIT quitRequested(); });
    QTimer::singleShot(kStopWaitMs, this, &ShellViewModel::quitRequested);
}

void ShellViewModel::showRequests(const QString& query)
{
    openPage(QStringLiteral("requests"));
    if (auto* requests = qobject_cast<RequestsViewModel*>(pages_.viewModel(QStringLiteral("requests"))))
        requests->requests()->setQuery(query);
}

void ShellViewModel::forgetAtClose()
{
    preferences_.keep(kAtCloseKey, QString());
}

}  // namespace millrace::desktop
