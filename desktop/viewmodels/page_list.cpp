// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/page_list.h"

#include "control.pb.h"
#include "format/numbers.h"
#include "viewmodels/batches_view_model.h"
#include "viewmodels/connections_view_model.h"
#include "viewmodels/events_view_model.h"
#include "viewmodels/flow_view_model.h"
#include "viewmodels/models_view_model.h"
#include "viewmodels/requests_view_model.h"
#include "viewmodels/settings_view_model.h"
#include "viewmodels/streams_view_model.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QUrl>

namespace millrace::desktop {
namespace {

struct Page {
    const char* key;
    const char* title;
    const char* subtitle;
    const char* icon;    // resources/icons/<icon>.svg
    const char* source;  // in the QML module Millrace
    PageViewModel* (*make)(Session&, QObject*);
    QString (*count)(const Session&);     // beside the title in the rail; empty: nothing
    QString (*countTip)(const Session&);  // what it counts
};

template <class ViewModel>
PageViewModel* make(Session& session, QObject* parent)
{
    return new ViewModel(session, parent);
}

QString nothing(const Session&)
{
    return {};
}

// A page is registered here and nowhere else; see desktop/docs/pages.md.
const Page kPages[] = {
    {"flow", QT_TRANSLATE_NOOP("Pages", "Flow"), QT_TRANSLATE_NOOP("Pages", "every request, from client to response"),
     "flow", "pages/FlowPage.qml", make<FlowViewModel>, nothing, nothing},
    {"requests", QT_TRANSLATE_NOOP("Pages", "Requests"),
     QT_TRANSLATE_NOOP("Pages", "every request, and where its time went"), "requests", "pages/RequestsPage.qml",
     make<RequestsViewModel>, RequestsViewModel::openCount, RequestsViewModel::openTip},
    {"connections", QT_TRANSLATE_NOOP("Pages", "Connections"),
     QT_TRANSLATE_NOOP("Pages", "what is open, what is reused, and why it closes"), "connections",
     "pages/ConnectionsPage.qml", make<ConnectionsViewModel>, ConnectionsViewModel::openCount,
     ConnectionsViewModel::openTip},
    {"batches", QT_TRANSLATE_NOOP("Pages", "Batches"),
     QT_TRANSLATE_NOOP("Pages", "how requests are merged, and why each batch was dispatched"), "batches",
     "pages/BatchesPage.qml", make<BatchesViewModel>, nothing, nothing},
    {"models", QT_TRANSLATE_NOOP("Pages", "Models"),
     QT_TRANSLATE_NOOP("Pages", "what is in memory, and what is predicted next"), "models", "pages/ModelsPage.qml",
     make<ModelsViewModel>, ModelsViewModel::warmCount, ModelsViewModel::warmTip},
    {"streams", QT_TRANSLATE_NOOP("Pages", "Streams"),
     QT_TRANSLATE_NOOP("Pages", "responses being sent, and who slows them down"), "streams", "pages/StreamsPage.qml",
     make<StreamsViewModel>, StreamsViewModel::openCount, StreamsViewModel::openTip},
    {"events", QT_TRANSLATE_NOOP("Pages", "Events"), QT_TRANSLATE_NOOP("Pages", "what happened, when and where"),
     "events", "pages/EventsPage.qml", make<EventsViewModel>, EventsViewModel::warningCount,
     EventsViewModel::warningTip},
    {"settings", QT_TRANSLATE_NOOP("Pages", "Settings"), QT_TRANSLATE_NOOP("Pages", "edit, check, apply live"),
     "settings", "pages/SettingsPage.qml", make<SettingsViewModel>, nothing, nothing},
};

}  // namespace

PageList::PageList(Session& session, QObject* parent) : QAbstractListModel(parent), session_(session)
{
    for (const Page& page : kPages) {
        viewModels_.append(page.make(session, this));
        counts_.append({page.count(session), page.countTip(session)});
    }
    connect(&session_, &Session::ticked, this, [this] {
        for (int i = 0; i < counts_.size(); ++i) {
            const Count count{kPages[i].count(session_), kPages[i].countTip(session_)};
            if (count == counts_.at(i)) continue;
            counts_[i] = count;
            Q_EMIT dataChanged(index(i), index(i), {CountTextRole, CountTipRole});
        }
    });
}

int PageList::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(viewModels_.size());
}

QVariant PageList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Page& page = kPages[index.row()];
    switch (role) {
        case KeyRole:
            return QString::fromLatin1(page.key);
        case Qt::DisplayRole:
        case TitleRole:
            return QCoreApplication::translate("Pages", page.title);
        case SubtitleRole:
            return QCoreApplication::translate("Pages", page.subtitle);
        case IconRole:
            return QString::fromLatin1(page.icon);
        case SourceRole:
            return QUrl(QStringLiteral("qrc:/qt/qml/Millrace/") + QString::fromLatin1(page.source));
        case ViewModelRole:
            return QVariant::fromValue(viewModels_.at(index.row()));
        case CountTextRole:
            return counts_.at(index.row()).text;
        case CountTipRole:
            return counts_.at(index.row()).tip;
        default:
            return {};
    }
}

QHash<int, QByteArray> PageList::roleNames() const
{
    return {{KeyRole, "key"},
            {TitleRole, "title"},
            {SubtitleRole, "subtitle"},
            {IconRole, "icon"},
            {SourceRole, "pageUrl"},
            {ViewModelRole, "viewModel"},
            {CountTextRole, "countText"},
            {CountTipRole, "countTip"}};
}

QString PageList::keyOfStage(Stage::Value stage)
{
    switch (stage) {
        case Stage::Clients:
            return QStringLiteral("requests");
        case Stage::Connections:
        case Stage::Inference:  // its backends are there
            return QStringLiteral("connections");
        case Stage::Batches:
            return QStringLiteral("batches");
        case Stage::Models:
            return QStringLiteral("models");
        case Stage::Streams:
            return QStringLiteral("streams");
        case Stage::None:
            break;
    }
    return {};
}

int PageList::indexOf(const QString& key) const
{
    for (int i = 0; i < rowCount(); ++i) {
        if (key == QLatin1String(kPages[i].key)) return i;
    }
    return -1;
}

QString PageList::keyAt(int index) const
{
    return QString::fromLatin1(kPages[index].key);
}

PageViewModel* PageList::viewModel(const QString& key) const
{
    const int at = indexOf(key);
    return at < 0 ? nullptr : viewModels_.at(at);
}

}  // namespace millrace::desktop
