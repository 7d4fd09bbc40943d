# Downrange messages, Japanese.
event = 落下物
prefix-exercise = 【訓練】これは訓練です。
prefix-test = 【試験】これは実際の警報ではありません。
sentence-separator = {""}
list-separator = 、

what-missile = { $count ->
    [1] 弾道ミサイルの可能性があるもの
   *[other] 弾道ミサイルの可能性があるもの{ $count }発
}
what-rocket = { $count ->
    [1] 宇宙ロケットの部品
   *[other] 宇宙ロケットの部品{ $count }個
}
what-reentry = { $count ->
    [1] 大気圏に再突入する宇宙物体
   *[other] 大気圏に再突入する宇宙物体{ $count }個
}
what-debris = { $count ->
    [1] 落下中の破片
   *[other] 落下中の破片{ $count }個
}
what-meteor = { $count ->
    [1] 流星体
   *[other] 流星体{ $count }個
}

sea-japan = 日本海
sea-yellow = 黄海
sea-korea-strait = 対馬海峡
sea-east-china = 東シナ海
sea-south-china = 南シナ海
sea-philippine = フィリピン海
sea-okhotsk = オホーツク海
sea-bering = ベーリング海
sea-pacific = 北太平洋
sea-seto = 瀬戸内海
sea-tokyo-bay = 東京湾
sea-ise-bay = 伊勢湾
sea-kagoshima-bay = 鹿児島湾
coordinates = { $northern ->
    [yes] 北緯
   *[no] 南緯
}{ $latitude_d }度{ $latitude_m }分 { $eastern ->
    [yes] 東経
   *[no] 西経
}{ $longitude_d }度{ $longitude_m }分

# Provinces of North Korea as they are written in Japan
region-chagang = 慈江道
region-north-hamgyong = 咸鏡北道
region-south-hamgyong = 咸鏡南道
region-north-hwanghae = 黄海北道
region-south-hwanghae = 黄海南道
region-kangwon = 江原道
region-north-pyongan = 平安北道
region-south-pyongan = 平安南道
region-pyongyang = 平壌
region-rason = 羅先
region-ryanggang = 両江道

window = { $local_from }〜{ $local_to }(日本時間、UTC { $utc_from }〜{ $utc_to })

headline-alert-from = { $region }からの発射を探知。{ $what }が{ $place }に落下する見込み、{ $window }
headline-alert = { $what }が{ $place }に落下する見込み、{ $window }
headline-update = 第{ $number }報:{ $what }が{ $place }に落下する見込み、{ $window }
headline-cancel = 警報取消:{ $place }の落下物に関する警報を取り消します
headline-all-clear = 警報解除:{ $place }の落下物に関する警報を解除します

reason-launch = 発射が探知されました。
reason-reentry = 宇宙から物体が落下しています。
reason-area-changed = 落下予想区域または時刻が変わりました。
reason-objects-changed = 落下物の数が変わりました。
reason-exposure-changed = 危険な状況にある船舶、航空機または地域が加わりました。
reason-renewed = 危険な状況が、先に知らせた時刻より長く続いています。
reason-no-threat = 危険な落下物はないことが確認されました。
reason-all-down = すべて落下したものとみられます。
reason-ordered = 当直責任者の指示により警報を取り消します。

description-what-from = { $region }から発射された{ $what }を追跡しています。
description-what = { $what }を追跡しています。
description-window = 落下が予想される日時は{ $date } { $window }です。
description-area = 危険区域は{ $centre }を中心とする長さ約{ $length }キロ、幅約{ $width }キロの範囲です。
description-sea = 海域は{ $sea }です。
description-other-seas = { $seas }に落下する可能性もあります。
description-probability = 落下地点がこの区域に含まれる確率は{ $percent }パーセントです。
description-zones = 対象地域:{ $zones }。
description-vessels = 危険な状況にある船舶は{ $count }隻です。
description-aircraft = 危険な状況にある航空機は{ $count }機です。
description-free = { $centre }を中心とする長さ約{ $length }キロ、幅約{ $width }キロの範囲は、再び通航できます。

instruction-sea = 船舶は危険区域に入らず、区域内の船舶は最短の進路で区域外に出て、今後の情報に留意してください。航空機は区域を避けて飛行してください。
instruction-land = 対象地域の方は、頑丈な建物の中または地下に避難し、窓から離れてください。
instruction-fallen = 落下物を見つけた場合は、近づいたり触れたりせず、海上保安庁、警察または消防に通報してください。
instruction-cancel = これ以上の対応は必要ありません。船舶および航空機は通常どおり運航してください。
instruction-all-clear = 船舶および航空機は通常どおり運航してください。
area-description = { $centre }を中心とする長さ約{ $length }キロ、幅約{ $width }キロの範囲

aloft-separator = {"、"}
aloft-band = FL{ $upper }〜{ $ground ->
    [yes] 地表
   *[no] FL{ $lower }
}({ $window }、{ $centre }を中心とする長さ約{ $length }キロ、幅約{ $width }キロの範囲)
description-aloft = 航空交通業務機関向け:次の高度で破片が落下するおそれがあります。{ $bands }。
