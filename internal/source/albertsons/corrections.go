package albertsons

// correct replaces what is known to be wrong in an entry.
func (e *entry) correct() {
	if address, known := correctAddresses[e.ID]; known {
		e.Address = address
	}
	switch e.ID {
	case "1642014209365", "1641421916487":
		e.Description = "Ages 5-11 Instore Pediatric COVID Vaccination Event. This is held within Jewel-Osco."
	case "1643755181825":
		e.Lat, e.Long = "41.6121506", "-87.718918"
	}
}

// correctAddresses are the names and addresses, by the entries' ids, where those that were
// published lead nowhere. Most lacked the number of the store.
var correctAddresses = map[text]string{
	"1641420736546": "Jewel-Osco 3441 - 2940 N Ashland Ave, Chicago, IL, 60657",
	"1641925863911": "Albertsons 564 - 451 NE 181st Ave, Portland, OR, 97230",
	"1641421349223": "Jewel-Osco 3429 - 8730 W Dempster St, Niles, IL, 60714",
	"1642014209365": "Jewel-Osco 4057 - 10203 W Grand Ave, Franklin Park, IL, 60131",
	"1641421916487": "Jewel-Osco 3461 - 1860 S. Arlington Heights Rd., Arlington Heights, IL, 60005",
	"1636035919071": "Safeway #4002 - 5727 Burke Ctr, Burke, VA, 22015",
	"1636072576751": "Vons 2071 - 2250 Otay Lakes, Chula Vista, CA, 91915",
	"1636040926832": "Pavilions 2233 - 7 Peninsula Center, Rolling Hills Estates, CA, 90274",
	"1640017202147": "Covina Valley USD at The Hanes Center Field - 252 W Puente St 2nd Floor, Covina, CA, 91723",
	"1636072844592": "Albertsons 758 - 543 Sweetwater Rd, Spring Valley, CA, 91977",
	"1636040974661": "Albertsons 598 - 2000 E. 17th St., Santa Ana, CA, 92705",
	"1639432080601": "Safeway 1466 - 1121 North Circle Dr., Colorado Springs, CO, 80909",
	"1635957678982": "Albertsons 168 - 405 South 8th, Payette, ID, 83661",
	"1636041009830": "Pavilions 2217 - 22451 Antonio Parkway, Rancho S Margarita, CA, 92688",
	"1635549531160": "Pavilions 2206 - 16450 Beach Blvd, Westminster, CA, 92683",
	"1635549499002": "Vons 3519 - 4550 Atlantic Ave, Long Beach, CA, 90807",
	"1635549466460": "Albertsons 108 - 1735 Artesia Blvd., Gardena, CA, 90248",
	"1640969604226": "Vons 1638 - 4226 Woodruff Avenue, Lakewood, CA, 90713",
	"1635964207815": "Vons 2784 - 515 W Washington St, San Diego, CA, 92103",
	"1640025694701": "Albertsons 331 - 927 S. China Lake Blvd., Ridgecrest, CA, 93555",
	"1636075700051": "Vons 2724 - 3439 Via Montebello, Carlsbad, CA, 92009",
	"1639634436428": "Vons 1797 - 4627 Carmel Mountain Road, San Diego, CA, 92130",
	"1639635348134": "Vons 1797 - 4627 Carmel Mountain Road, San Diego, CA, 92130",
	"1639635038013": "Vons 1797 - 4627 Carmel Mountain Road, San Diego, CA, 92130",
	"1638995474243": "Vibrant Minds Charter School - 412 W. Carl Karcher Way, Anaheim, CA, 92801",
	"1617256794999": "Albertsons 4231 - 215 N Carrier Pkwy, Grand Prairie, TX, 75050",
	"1643078690834": "Rocketship Public School - 4250 Massachusetts Ave SE, Washington, DC, 20019",
	"1644444776878": "Jewel-Osco #58 - 2855 W 95th Street, Naperville, IL, 60564",
	"1646340822687": "Jewel-Osco #1190 - 13460 S. Route 59, Plainfield, IL, 60544",
	"1653357862707": "Safeway #1490 - 2300 16th Street, San Francisco, CA, 94103",
	"1641598104920": "Pediatric Clinic Albertsons #276 - 7350 South Rainbow Boulevard, Las Vegas, NV, 89139",
	"1653359216202": "Jewel-Osco #3441 - 2940 N Ashland Ave, Chicago, IL, 60657",
	"1653423455380": "Jewel-Osco #4500 - 1340 S Canal St, Chicago, IL, 60607",
	"1653421850654": "Jewel-Osco #3484 - 5667 W Touhy Ave, Niles, IL, 60714",
	"1653422639979": "Jewel-Osco #3429 - 8730 W Dempster St, Niles, IL, 60714",
	"1653417306983": "Jewel-Osco #3461 - 1860 S Arlington Heights Rd, Arlington Heights, IL, 60005",
	"1653422961940": "Pediatric Booster Clinic at Jewel-Osco #58 - Naperville June 10  - 2855 W 95th Street, Naperville, IL, 60564",
	"1653421810197": "Pediatric Booster Clinic at Jewel-Osco #3097 - Downers Grove June 6  - 1148 Ogden Ave, Downers Grove, IL, 60515",
	"1653423379113": "Pediatric Booster Clinic at Jewel-Osco #3240 - Aurora June 9  - 1157 Eola Road, Aurora, IL, 60502",
	"1653084403277": "Jewel-Osco #4308  - 1151 S Roselle Rd, Schaumburg, IL, 60193",
	"1653327310175": "Jewel-Osco #3776  - 2021 E Laraway Rd, New Lenox, IL, 60451",
	"1653422367010": "Jewel-Osco #3294  - 140 W Lake St Addison, Addison, IL, 60101",
	"1653423185831": "Jewel-Osco #3051 - 9350 W 159th St, Orland Park, IL, 60462",
	"1636000939006": "Pediatric COVID Vaccine at Safeway #1815 - 337 East Ridgeville Blvd, Mount Airy, MD, 21771",
	"1636001615787": "Pediatric COVID Vaccine at Safeway #2713  - 12410 Fairwood Parkway, Bowie, MD, 20720",
	"1644040946467": "Pediatric COVID clinic at Safeway #1751 - 1525 West Main St., Molalla, OR, 97038",
	"1636403331143": "CHILD PFIZER AGE 5-11 Albertsons #733 - 3450 Marron Rd Oceanside CA 92056  - 3450 Marron Road, Oceanside, CA, 92056",
	"1635989701651": "Pediatric COVID Vaccine at Safeway #1880 - 8858 Waltham Woods Road, Carney, MD, 21234",
	"1653430453208": "Pediatric covid clinic Safeway #2623 - 1140 N Springbrook Rd, Newberg, OR, 97132",
	"1635989961784": "Pediatric COVID Vaccine at Safeway #1565 - 15411 NEW HAMPSHIRE AVENUE, Silver Spring, MD, 20905",
	"1636046538843": "Pediatric COVID Vaccine at Safeway #4007 - 3713 Lee Highway, Arlington, VA, 22207",
	"1636044418372": "Pediatric COVID Vaccine at Safeway #1920 - 1688 Anderson Rd, Mclean, VA, 22102",
	"1636045193669": "Pediatric COVID Vaccine at Safeway #3250 - 3526 King St, Alexandria, VA, 22302",
	"1635996860651": "Pediatric COVID Vaccine at Safeway #1431 - 12200 Fairfax Towne Ctr, Fairfax, VA, 22033",
	"1637601747981": "Pediatric covid clinic at Albertsons #536 - 25691 SE Stark, Troutdale, OR, 97060",
	"1636000044140": "Pediatric COVID Vaccine at Safeway #1715 - 403 Redland Blvd, Rockville, MD, 20850",
	"1635989386379": "Pediatric COVID-19 Boosters Safeway #3217 - 415 14TH ST. SE, Washington, DC, 20003",
	"1653666973214": "Pediatric Booster Clinic at Jewel-Osco #3003 - 303 Holmes Ave, Clarendon Hills, IL, 60514",
	"1653522297821": "Pediatric Pfizer Booster Clinic at Jewel-Osco #3262 - June 4th 9a-1p Chicago  - 4660 W. Irving Park Rd, Chicago, IL, 60641",
	"1654004545904": "Pediatric Booster Clinic at Jewel Osco #2444 - 944 S York Rd, Elmhurst, IL 60126",
	"1643755181825": "Jewel Osco #3098 Peds Booster - 12003 S Crawford Ave, Alsip, IL, 60803",
	"1660088122107": "Safeway 1094 - 1891 Pioneer pkwy, Springfield, OR, 97477",
	"1646603430085": "Sav-On Pharmacy #4706 - 30530 Rancho California Rd., Temecula, CA, 92591",
	"1600119436879": "Sav-On Pharmacy #4706 - 30530 Rancho California Rd., Temecula, CA, 92591",
	"1635962942932": "Safeway 2624 - 3602 W. 144th Ave., Broomfield, CO, 80023",
	"1635956505599": "Safeway 1614 - 560 Corona Street, Denver, CO, 80218",
}
