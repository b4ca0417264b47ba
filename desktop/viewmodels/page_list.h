// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "lists/stage.h"
#include "viewmodels/page_view_model.h"

#include <QtCore/QAbstractListModel>
#include <QtQml/qqmlregistration.h>

namespace millrace::desktop {

/// The pages in the order of the rail. The one list they are registered in is kPages in page_list.cpp.
class PageList : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
public:
    enum Role {
        KeyRole = Qt::UserRole + 1,
        TitleRole,
        SubtitleRole,
        IconRole,
        SourceRole,
        ViewModelRole,
        CountTextRole,
        CountTipRole
    };

    explicit PageList(Session& session, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    int indexOf(const QString& key) const;  ///< -1: no such page
    QString keyAt(int index) const;
    /// The page with the most about a stage of the pipeline.
    Q_INVOKABLE static QString keyOfStage(millrace::desktop::Stage::Value stage);
    PageViewModel* viewModel(int index) const { return viewModels_.at(index); }
    PageViewModel* viewModel(const QString& key) const;

private:
    struct Count {
        QString text;
        QString tip;  ///< what it counts
        bool operator==(const Count&) const = default;
    };
    Session& session_;
    QList<PageViewModel*> viewModels_;
    QList<Count> counts_;
};

}  // namespace millrace::desktop
