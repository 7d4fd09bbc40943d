# Downrange messages, Korean.
event = 낙하물
prefix-exercise = [훈련] 훈련 상황입니다.
prefix-test = [시험] 실제 상황이 아닙니다.
sentence-separator = {" "}
list-separator = {", "}

what-missile = { $count ->
    [1] 탄도미사일로 추정되는 물체
   *[other] 탄도미사일로 추정되는 물체 { $count }개
}
what-rocket = { $count ->
    [1] 우주발사체 잔해
   *[other] 우주발사체 잔해 { $count }개
}
what-reentry = { $count ->
    [1] 대기권에 재진입하는 우주물체
   *[other] 대기권에 재진입하는 우주물체 { $count }개
}
what-debris = { $count ->
    [1] 추락 잔해
   *[other] 추락 잔해 { $count }개
}
what-meteor = { $count ->
    [1] 유성체
   *[other] 유성체 { $count }개
}

sea-japan = 동해
sea-yellow = 서해
sea-korea-strait = 대한해협
sea-east-china = 동중국해
sea-south-china = 남중국해
sea-philippine = 필리핀해
sea-okhotsk = 오호츠크해
sea-bering = 베링해
sea-pacific = 북태평양
sea-seto = 세토 내해
sea-tokyo-bay = 도쿄만
sea-ise-bay = 이세만
sea-kagoshima-bay = 가고시마만
coordinates = { $northern ->
    [yes] 북위
   *[no] 남위
} { $latitude_d }도 { $latitude_m }분 { $eastern ->
    [yes] 동경
   *[no] 서경
} { $longitude_d }도 { $longitude_m }분

window = { $local_from }~{ $local_to }(한국시각, UTC { $utc_from }~{ $utc_to })

headline-alert-from = { $region }에서 발사 탐지: { $what }, { $place } 낙하 예상, { $window }
headline-alert = { $what }, { $place } 낙하 예상, { $window }
headline-update = 변경 제{ $number }보: { $what }, { $place } 낙하 예상, { $window }
headline-cancel = 경보 취소: { $place } 낙하물 경보를 취소합니다
headline-all-clear = 경보 해제: { $place } 낙하물 경보를 해제합니다

reason-launch = 발사가 탐지되었습니다.
reason-reentry = 우주물체가 지상으로 떨어지고 있습니다.
reason-area-changed = 낙하 예상 구역 또는 시각이 변경되었습니다.
reason-objects-changed = 낙하물의 수가 변경되었습니다.
reason-exposure-changed = 위험에 처한 선박, 항공기 또는 지역이 추가되었습니다.
reason-renewed = 위험이 앞서 알린 시각보다 길어지고 있습니다.
reason-no-threat = 위험한 낙하물이 없는 것으로 확인되었습니다.
reason-all-down = 모든 낙하물이 떨어진 것으로 판단됩니다.
reason-ordered = 당직 책임자의 지시로 경보를 취소합니다.

description-what-from = { $region }에서 발사된 { $what }를 추적하고 있습니다.
description-what = { $what }를 추적하고 있습니다.
description-window = 낙하 예상 시각은 { $date } { $window }입니다.
description-area = 위험 구역은 { $centre }을 중심으로 길이 약 { $length }km, 폭 약 { $width }km입니다.
description-sea = 해당 해역은 { $sea }입니다.
description-other-seas = { $seas }에 떨어질 가능성도 있습니다.
description-probability = 낙하 지점이 이 구역 안에 있을 확률은 { $percent }%입니다.
description-zones = 해당 지역: { $zones }.
description-vessels = 현재 위험에 처한 선박은 { $count }척입니다.
description-aircraft = 현재 위험에 처한 항공기는 { $count }대입니다.
description-free = { $centre }을 중심으로 길이 약 { $length }km, 폭 약 { $width }km 구역의 통항이 다시 가능합니다.

instruction-sea = 선박은 위험 구역에 들어가지 마시고, 구역 안에 있는 선박은 가장 가까운 방향으로 신속히 벗어나 추가 정보에 유의하시기 바랍니다. 항공기는 해당 구역을 피하여 비행하시기 바랍니다.
instruction-land = 해당 지역 주민은 튼튼한 건물 안이나 지하로 대피하시고 창문에서 떨어지시기 바랍니다.
instruction-fallen = 낙하물을 발견하면 접근하거나 만지지 마시고 해양경찰, 경찰 또는 소방에 신고하시기 바랍니다.
instruction-cancel = 추가 조치는 필요하지 않습니다. 선박과 항공기는 정상 운항하시기 바랍니다.
instruction-all-clear = 선박과 항공기는 정상 운항하시기 바랍니다.
area-description = { $centre } 중심, 길이 약 { $length }km, 폭 약 { $width }km

aloft-separator = {"; "}
aloft-band = FL{ $upper }~{ $ground ->
    [yes] 지표면
   *[no] FL{ $lower }
}, { $window }, { $centre } 중심, 길이 약 { $length }km, 폭 약 { $width }km
description-aloft = 항공교통업무기관 참고: 다음 고도에서 잔해가 낙하할 수 있습니다. { $bands }.
