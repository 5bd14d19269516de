PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0001');
CREATE TABLE agents (
	id VARCHAR(64) NOT NULL, 
	login VARCHAR(64) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	password_hash TEXT NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	languages TEXT NOT NULL, 
	queues TEXT NOT NULL, 
	skills TEXT NOT NULL, 
	capacity INTEGER NOT NULL, 
	presence VARCHAR(20) NOT NULL, 
	idle_since FLOAT NOT NULL, 
	live_at FLOAT, 
	called_at FLOAT NOT NULL, 
	gone_since FLOAT, 
	CONSTRAINT pk_agents PRIMARY KEY (id), 
	CONSTRAINT uq_agents_login UNIQUE (login)
);
INSERT INTO agents VALUES('agent_d4fdf6e0f967','agent1','Ada Berg','$argon2id$v=19$m=65536,t=3,p=4$94nY913CKrOXuqjwGVRLHg$pk2dzJOvN8bJf+cZDMFYSdzZmW7Edp/7cIHRZqYhxCM','agent','["en"]','["general", "billing", "technical"]','[]',3,'available',1795932250.2653558254,NULL,1795932249.975729227,NULL);
INSERT INTO agents VALUES('agent_cd1fe6adce56','agent2','Ben Costa','$argon2id$v=19$m=65536,t=3,p=4$FfcORePrO/L/Hg1kfYNSRw$Ntqy9A43RKO+64F8sGu+10HyepQ7Xpud2eoHoljRNzE','agent','["en"]','["general", "billing", "technical"]','[]',3,'offline',0.0,NULL,0.0,NULL);
INSERT INTO agents VALUES('agent_840b1d502b5e','agent-fr','Camille Roy','$argon2id$v=19$m=65536,t=3,p=4$wKoIdjAast1E3IRvBo4/VA$n5o8BaDhYTams0gVuLGVkpAaB7Dwo1fTbw42B55Lue0','agent','["fr", "en"]','["general", "billing", "technical"]','[]',3,'offline',0.0,NULL,0.0,NULL);
INSERT INTO agents VALUES('agent_c4330b195b98','agent-nb','Nora Lie','$argon2id$v=19$m=65536,t=3,p=4$NZ3rqAxT+RJvUPtdPhqmTw$IzBpWXDMhNzSm8PzWqvf6Q5Xnliehy8RdzvJyfYp+Vk','agent','["nb", "en"]','["general", "billing", "technical"]','[]',3,'offline',0.0,NULL,0.0,NULL);
INSERT INTO agents VALUES('agent_f1eb48858bc7','supervisor1','Sam Ozols','$argon2id$v=19$m=65536,t=3,p=4$i4fv905oQgBKyqrl0gXrhQ$JZjCCYG4HNTYOCerEW0ceh2f35PzuMkF9WyNOgqErow','supervisor','["en"]','[]','[]',3,'offline',0.0,NULL,0.0,NULL);
CREATE TABLE canned_replies (
	language VARCHAR(20) NOT NULL, 
	shortcut VARCHAR(40) NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT pk_canned_replies PRIMARY KEY (language, shortcut)
);
INSERT INTO canned_replies VALUES('en','hello','Greeting','Hello, thank you for waiting. How can I help you?');
INSERT INTO canned_replies VALUES('en','moment','One moment','One moment, please. I am looking into it.');
INSERT INTO canned_replies VALUES('en','number','Ask for the order number','Could you tell me your order number? It has five digits and is in your confirmation.');
INSERT INTO canned_replies VALUES('en','postcode','Ask for the postcode','To be sure that I am talking to the right person: which postcode was the order sent to?');
INSERT INTO canned_replies VALUES('en','sorry','Apology','I am sorry about that. Let me put it right.');
INSERT INTO canned_replies VALUES('en','anything','Anything else?','Is there anything else that I can do for you?');
INSERT INTO canned_replies VALUES('en','bye','Goodbye','Thank you for writing to us. Have a nice day!');
INSERT INTO canned_replies VALUES('nb','hei','Hilsen','Hei, takk for at du ventet. Hva kan jeg hjelpe med?');
INSERT INTO canned_replies VALUES('nb','vent','Et øyeblikk','Et øyeblikk, så undersøker jeg det.');
INSERT INTO canned_replies VALUES('nb','hade','Avslutning','Takk for at du tok kontakt. Ha en fin dag!');
INSERT INTO canned_replies VALUES('fr','bonjour','Accueil','Bonjour, merci d''avoir patienté. Comment puis-je vous aider ?');
INSERT INTO canned_replies VALUES('fr','instant','Un instant','Un instant, je vérifie.');
INSERT INTO canned_replies VALUES('fr','merci','Au revoir','Merci de votre message. Bonne journée !');
CREATE TABLE conversations (
	id VARCHAR(200) NOT NULL, 
	channel VARCHAR(40) NOT NULL, 
	language VARCHAR(20), 
	holder VARCHAR(10) NOT NULL, 
	sequence INTEGER NOT NULL, 
	updated_at FLOAT NOT NULL, 
	unanswered INTEGER, 
	customer_id VARCHAR(64), 
	handoff_id VARCHAR(64), 
	CONSTRAINT pk_conversations PRIMARY KEY (id)
);
INSERT INTO conversations VALUES('landed-greeting','rest','en','bot',8,1795932248.7744605541,NULL,NULL,NULL);
INSERT INTO conversations VALUES('landed-verified','rest','en','bot',36,1795932248.9041674137,NULL,'C-1001',NULL);
INSERT INTO conversations VALUES('landed-mid-form','rest','en','bot',20,1795932248.9638559818,NULL,NULL,NULL);
INSERT INTO conversations VALUES('landed-message','rest','en','bot',14,1795932249.0827670096,NULL,NULL,NULL);
INSERT INTO conversations VALUES('landed-locked','rest','en','bot',80,1795932249.5939509869,NULL,NULL,NULL);
INSERT INTO conversations VALUES('landed-widget-session-key','socketio','en','human',15,1795932250.1201684474,NULL,NULL,'handoff_-Wqo9ptKkZZf6xnH');
INSERT INTO conversations VALUES('landed-resolved','rest','en','closed',13,1795932250.2622740269,NULL,NULL,'handoff_ydQ-pg355wcn4CoN');
INSERT INTO conversations VALUES('landed-waiting','rest','en','queue',11,1795932250.3836889266,NULL,NULL,'handoff_dBmD7LcLTGqwrJr9');
INSERT INTO conversations VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx','voice','en','closed',11,1795932250.4204695224,NULL,NULL,NULL);
CREATE TABLE customers (
	id VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	phone VARCHAR(40) NOT NULL, 
	language VARCHAR(20) NOT NULL, 
	newsletter BOOLEAN NOT NULL, 
	street VARCHAR(200) NOT NULL, 
	postcode VARCHAR(20) NOT NULL, 
	city VARCHAR(100) NOT NULL, 
	country VARCHAR(2) NOT NULL, 
	CONSTRAINT pk_customers PRIMARY KEY (id)
);
INSERT INTO customers VALUES('C-1001','Ingrid Haugen','ingrid.haugen@example.com','+4722850001','nb',0,'Storgata 12','0150','Oslo','NO');
INSERT INTO customers VALUES('C-1002','João Almeida','joao.almeida@example.org','+351213000002','pt',1,'Rua do Sol 8','1000-205','Lisboa','PT');
INSERT INTO customers VALUES('C-1003','Camille Laurent','camille.laurent@example.net','+33144000003','fr',0,'12 rue du Nord','75011','Paris','FR');
INSERT INTO customers VALUES('C-1004','Jānis Ozols','janis.ozols@example.com','+37167000004','lv',1,'Brīvības iela 40','LV-1010','Rīga','LV');
INSERT INTO customers VALUES('C-1005','Shirin Rahimi','shirin.rahimi@example.org','+982122000005','fa',0,'Golestan Street 15','1193653471','Tehran','IR');
INSERT INTO customers VALUES('C-1006','Lars Berg','lars.berg@example.net','+4722850006','nb',1,'Parkveien 3','0350','Oslo','NO');
INSERT INTO customers VALUES('C-1007','Marta Sousa','marta.sousa@example.com','+351213000007','pt',0,'Avenida Central 77','1100-148','Lisboa','PT');
INSERT INTO customers VALUES('C-1008','Théo Bernard','theo.bernard@example.org','+33144000008','fr',1,'5 place du Marché','69002','Lyon','FR');
INSERT INTO customers VALUES('C-1009','Līga Kalniņa','liga.kalnina@example.net','+37167000009','lv',0,'Jūras iela 9','LV-3401','Liepāja','LV');
INSERT INTO customers VALUES('C-1010','Emma Fischer','emma.fischer@example.com','+49301000010','de',1,'Lindenstraße 21','10969','Berlin','DE');
INSERT INTO customers VALUES('C-1011','Lucía Navarro','lucia.navarro@example.org','+34911000011','es',0,'Calle Mayor 4','28013','Madrid','ES');
INSERT INTO customers VALUES('C-1012','Daniel Murphy','daniel.murphy@example.net','+35315550012','en',1,'18 Quay Road','D02 X285','Dublin','IE');
CREATE TABLE events (
	conversation_id VARCHAR(200) NOT NULL, 
	sequence INTEGER NOT NULL, 
	type VARCHAR(40) NOT NULL, 
	timestamp FLOAT NOT NULL, 
	data TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (conversation_id, sequence)
)
 WITHOUT ROWID

;
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',1,'conversation_started',1795932250.3728411197,'{"timestamp":1795932250.3728411,"channel":"voice","language":"en"}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',2,'call_started',1795932250.3779001235,'{"timestamp":1795932250.3779001,"call_id":"1","transport":"sip","caller":"+4722334455","called":"ivr"}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',3,'action_executed',1795932250.4138710498,'{"timestamp":1795932250.413871,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',4,'session_started',1795932250.4138710498,'{"timestamp":1795932250.413871}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',5,'action_executed',1795932250.4138710498,'{"timestamp":1795932250.413871,"action":"action_listen"}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',6,'user_uttered',1795932250.3987357616,'{"timestamp":1795932250.3987358,"message_id":"v1","text":"what are your opening hours","parse":{"text":"what are your opening hours","intent":{"name":"faq","confidence":0.9999885239688382},"intent_ranking":[{"name":"faq","confidence":0.9999885239688382},{"name":"goodbye","confidence":3.1067424970387947e-6},{"name":"greet","confidence":1.7718236904329387e-6},{"name":"delivery_late","confidence":1.732536475174129e-6},{"name":"product_availability","confidence":9.309256370215735e-7},{"name":"voucher_problem","confidence":5.645784426633327e-7},{"name":"request_callback","confidence":4.1597451172492583e-7},{"name":"affirm","confidence":3.31308399381669e-7},{"name":"order_status","confidence":3.1463730465475237e-7},{"name":"unsubscribe_newsletter","confidence":2.9241405741231574e-7}],"language":"en","scope":{"in_scope":true,"score":0.9998416276744098,"threshold":0.5},"sentiment":0.0,"response_key":"faq/opening_hours","response_ranking":[{"name":"faq/opening_hours","confidence":0.9996705336820808},{"name":"faq/shipping_time","confidence":0.0003128962818069138},{"name":"faq/return_policy","confidence":0.000012472907095354652},{"name":"faq/shop_locations","confidence":2.919383029495094e-6},{"name":"faq/warranty","confidence":7.166540674573389e-7},{"name":"faq/payment_methods","confidence":2.836126644824841e-7},{"name":"faq/shipping_cost","confidence":1.7747925545656203e-7}]},"channel":"voice","audio":{"start_ms":1,"end_ms":900,"confidence":0.9},"metadata":{"by":"speech"}}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',7,'action_executed',1795932250.4143772125,'{"timestamp":1795932250.4143772,"action":"utter_faq","policy":"RulePolicy","confidence":1.0,"because":"rule ''Answer a frequent question''"}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',8,'bot_uttered',1795932250.4144027232,'{"timestamp":1795932250.4144027,"text":"The shops are open Monday to Saturday, from ten to seven. Our people answer on weekdays from eight to eight, and Saturdays from ten to four.","response":"utter_faq/opening_hours"}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',9,'action_executed',1795932250.4145581721,'{"timestamp":1795932250.4145582,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"rule ''Answer a frequent question''"}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',10,'call_ended',1795932250.4204695224,'{"timestamp":1795932250.4204695,"report_id":"r1","reason":"caller_hung_up","facts":{"duration_ms":4000}}');
INSERT INTO events VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',11,'conversation_closed',1795932250.4204695224,'{"timestamp":1795932250.4204695,"by":"customer"}');
INSERT INTO events VALUES('landed-greeting',1,'conversation_started',1795932248.7532975673,'{"timestamp":1795932248.7532976,"channel":"rest","language":"en"}');
INSERT INTO events VALUES('landed-greeting',2,'action_executed',1795932248.7720205783,'{"timestamp":1795932248.7720206,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-greeting',3,'session_started',1795932248.7720205783,'{"timestamp":1795932248.7720206}');
INSERT INTO events VALUES('landed-greeting',4,'action_executed',1795932248.7720205783,'{"timestamp":1795932248.7720206,"action":"action_listen"}');
INSERT INTO events VALUES('landed-greeting',5,'user_uttered',1795932248.7570340633,'{"timestamp":1795932248.757034,"message_id":"a048ceb58c19eed24e74acb2228c7f91","text":"hello","parse":{"text":"hello","intent":{"name":"greet","confidence":0.9997168183326721},"intent_ranking":[{"name":"greet","confidence":0.9997168183326721},{"name":"goodbye","confidence":0.00021775491768494248},{"name":"affirm","confidence":0.000022726488168700598},{"name":"thank","confidence":6.224653589015361e-6},{"name":"help","confidence":6.194676188897574e-6},{"name":"are_you_a_bot","confidence":6.044705514796078e-6},{"name":"inform","confidence":4.787029865838122e-6},{"name":"faq","confidence":4.716118457537277e-6},{"name":"ask_for_person","confidence":3.964943971368484e-6},{"name":"repeat","confidence":2.5457425181230064e-6}],"language":"en","scope":{"in_scope":true,"score":0.9998717832513417,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/opening_hours","confidence":0.8833397765581377},{"name":"faq/shop_locations","confidence":0.053243908723878595},{"name":"faq/warranty","confidence":0.02223926629874168},{"name":"faq/shipping_time","confidence":0.016986870761857367},{"name":"faq/return_policy","confidence":0.010313243145934129},{"name":"faq/payment_methods","confidence":0.010207194745040487},{"name":"faq/shipping_cost","confidence":0.003669739766410107}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-greeting',6,'action_executed',1795932248.7725803852,'{"timestamp":1795932248.7725804,"action":"action_greet","policy":"RulePolicy","confidence":1.0,"because":"rule ''Greet''"}');
INSERT INTO events VALUES('landed-greeting',7,'bot_uttered',1795932248.7742779254,'{"timestamp":1795932248.774278,"text":"Hi there! Tell me what you need, or pick one of these.","buttons":[{"title":"Where is my order?","payload":"/order_status"},{"title":"Return something","payload":"/return_item"},{"title":"Something is wrong with my order","payload":"/item_damaged"},{"title":"Talk to a person","payload":"/ask_for_person"}],"response":"utter_greet"}');
INSERT INTO events VALUES('landed-greeting',8,'action_executed',1795932248.7744605541,'{"timestamp":1795932248.7744606,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"rule ''Greet''"}');
INSERT INTO events VALUES('landed-locked',1,'conversation_started',1795932249.1173613071,'{"timestamp":1795932249.1173613,"channel":"rest","language":"en"}');
INSERT INTO events VALUES('landed-locked',2,'action_executed',1795932249.1317527294,'{"timestamp":1795932249.1317527,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-locked',3,'session_started',1795932249.1317527294,'{"timestamp":1795932249.1317527}');
INSERT INTO events VALUES('landed-locked',4,'action_executed',1795932249.1317527294,'{"timestamp":1795932249.1317527,"action":"action_listen"}');
INSERT INTO events VALUES('landed-locked',5,'user_uttered',1795932249.1188461781,'{"timestamp":1795932249.1188462,"message_id":"b9e7ca656b5f1619a245672349151d49","text":"where is my order 88120?","parse":{"text":"where is my order 88120?","intent":{"name":"order_status","confidence":0.9974238872528076},"intent_ranking":[{"name":"order_status","confidence":0.9974238872528076},{"name":"delivery_late","confidence":0.00108671048656106},{"name":"inform","confidence":0.0005296830786392093},{"name":"faq","confidence":0.00024737126355489636},{"name":"product_availability","confidence":0.0001735608821036294},{"name":"refund_status","confidence":0.0001305703481193632},{"name":"item_missing","confidence":0.0001287144550587982},{"name":"cancel_order","confidence":0.00007458001346094534},{"name":"wrong_item","confidence":0.00006003174348734319},{"name":"invoice_copy","confidence":0.000056746353948256}],"entities":[{"entity":"order_number","value":"88120","start":18,"end":23,"confidence":0.9512,"extractor":"pattern"}],"alternatives":[{"entity":"postcode","value":"88120","start":18,"end":23,"confidence":0.95,"extractor":"pattern"}],"language":"en","scope":{"in_scope":true,"score":0.9999055254907516,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/shop_locations","confidence":0.6842480070265056},{"name":"faq/shipping_time","confidence":0.2721161305285476},{"name":"faq/shipping_cost","confidence":0.025021256424943374},{"name":"faq/opening_hours","confidence":0.011032165486233383},{"name":"faq/payment_methods","confidence":0.005420089389534134},{"name":"faq/return_policy","confidence":0.0016396131219447738},{"name":"faq/warranty","confidence":0.0005227380222911398}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-locked',6,'slot_set',1795932249.1319868564,'{"timestamp":1795932249.1319869,"name":"order_number","value":"88120","source":{"kind":"entity","sequence":5,"start":18,"end":23,"confidence":0.9512}}');
INSERT INTO events VALUES('landed-locked',7,'action_executed',1795932249.1323986053,'{"timestamp":1795932249.1323986,"action":"order_status_form","policy":"RulePolicy","confidence":1.0,"because":"rule ''Look up an order''"}');
INSERT INTO events VALUES('landed-locked',8,'active_loop',1795932249.1324219703,'{"timestamp":1795932249.132422,"name":"order_status_form"}');
INSERT INTO events VALUES('landed-locked',9,'slot_set',1795932249.1333076953,'{"timestamp":1795932249.1333077,"name":"order_number","value":"88120","source":{"kind":"entity","sequence":5,"start":18,"end":23,"confidence":0.9512}}');
INSERT INTO events VALUES('landed-locked',10,'slot_set',1795932249.133357048,'{"timestamp":1795932249.133357,"name":"code_email","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-locked',11,'slot_set',1795932249.1333751678,'{"timestamp":1795932249.1333752,"name":"code","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-locked',12,'slot_set',1795932249.1333909034,'{"timestamp":1795932249.133391,"name":"stop_confirmation","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-locked',13,'slot_set',1795932249.1334044933,'{"timestamp":1795932249.1334045,"name":"requested_slot","value":"postcode","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-locked',14,'bot_uttered',1795932249.1336185932,'{"timestamp":1795932249.1336186,"text":"To be sure that it''s you: what''s the delivery postcode?","response":"utter_ask_postcode"}');
INSERT INTO events VALUES('landed-locked',15,'action_executed',1795932249.1339886188,'{"timestamp":1795932249.1339886,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' waits for an answer"}');
INSERT INTO events VALUES('landed-locked',16,'user_uttered',1795932249.2101778983,'{"timestamp":1795932249.210178,"message_id":"19536ccbbe7492d3f33ce279d933e811","text":"9000","parse":{"text":"9000","intent":{"name":"inform","confidence":0.9983476400375366},"intent_ranking":[{"name":"inform","confidence":0.9983476400375366},{"name":"correct","confidence":0.0006075225537642837},{"name":"greet","confidence":0.0002657141303643584},{"name":"thank","confidence":0.00016709610645193607},{"name":"affirm","confidence":0.00015437733964063227},{"name":"order_status","confidence":0.00008953311771620065},{"name":"goodbye","confidence":0.00007119873043848202},{"name":"stop","confidence":0.00004660580452764407},{"name":"help","confidence":0.00004014117439510301},{"name":"ask_for_person","confidence":0.000028667036531260237}],"entities":[{"entity":"postcode","value":"9000","start":0,"end":4,"confidence":0.9,"extractor":"expected"}],"language":"en","scope":{"in_scope":true,"score":0.9998517118585892,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/shop_locations","confidence":0.45697239678879675},{"name":"faq/opening_hours","confidence":0.3787346561184771},{"name":"faq/shipping_time","confidence":0.06719771866010156},{"name":"faq/payment_methods","confidence":0.044252287874850506},{"name":"faq/shipping_cost","confidence":0.02757717548744559},{"name":"faq/warranty","confidence":0.023704688049060396},{"name":"faq/return_policy","confidence":0.0015610770212680894}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-locked',17,'slot_set',1795932249.229295969,'{"timestamp":1795932249.229296,"name":"postcode","value":"9000","source":{"kind":"entity","sequence":16,"start":0,"end":4,"confidence":0.9}}');
INSERT INTO events VALUES('landed-locked',18,'action_executed',1795932249.2297234535,'{"timestamp":1795932249.2297235,"action":"order_status_form","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' is open","hide_rule_turn":true}');
INSERT INTO events VALUES('landed-locked',19,'bot_uttered',1795932249.2452952862,'{"timestamp":1795932249.2452953,"text":"I can''t find order 88120 with that postcode. If the number has a typo, tell me the right one.","response":"utter_no_match"}');
INSERT INTO events VALUES('landed-locked',20,'slot_set',1795932249.2453136443,'{"timestamp":1795932249.2453136,"name":"postcode","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-locked',21,'slot_set',1795932249.2453713417,'{"timestamp":1795932249.2453713,"name":"form_attempts","value":"order_status_form:1","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-locked',22,'slot_set',1795932249.2453894615,'{"timestamp":1795932249.2453895,"name":"requested_slot","value":"postcode","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-locked',23,'bot_uttered',1795932249.2456040382,'{"timestamp":1795932249.245604,"text":"To be sure that it''s you: what''s the delivery postcode?","response":"utter_ask_postcode"}');
INSERT INTO events VALUES('landed-locked',24,'action_executed',1795932249.2460398673,'{"timestamp":1795932249.2460399,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' waits for an answer"}');
INSERT INTO events VALUES('landed-locked',25,'user_uttered',1795932249.2971756458,'{"timestamp":1795932249.2971756,"message_id":"f7f329ee893197a49d9212e2c1a3b574","text":"9010","parse":{"text":"9010","intent":{"name":"inform","confidence":0.9976198077201843},"intent_ranking":[{"name":"inform","confidence":0.9976198077201843},{"name":"correct","confidence":0.001543040038086474},{"name":"order_status","confidence":0.00016409269301220775},{"name":"greet","confidence":0.00011977968097198755},{"name":"affirm","confidence":0.00010305525938747451},{"name":"thank","confidence":0.0000822722795419395},{"name":"stop","confidence":0.00005521308412426151},{"name":"faq","confidence":0.000041173668329008706},{"name":"product_question","confidence":0.00003960090907639824},{"name":"change_phone","confidence":0.00003552681300789118}],"entities":[{"entity":"postcode","value":"9010","start":0,"end":4,"confidence":0.9,"extractor":"expected"}],"language":"en","scope":{"in_scope":true,"score":0.9996663775082556,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/opening_hours","confidence":0.4484441407939765},{"name":"faq/shop_locations","confidence":0.430089402919432},{"name":"faq/shipping_time","confidence":0.04362576055159885},{"name":"faq/payment_methods","confidence":0.030416242578511905},{"name":"faq/warranty","confidence":0.02561353278228292},{"name":"faq/shipping_cost","confidence":0.02072147342419669},{"name":"faq/return_policy","confidence":0.0010894469500011708}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-locked',26,'slot_set',1795932249.3120653628,'{"timestamp":1795932249.3120654,"name":"postcode","value":"9010","source":{"kind":"entity","sequence":25,"start":0,"end":4,"confidence":0.9}}');
INSERT INTO events VALUES('landed-locked',27,'action_executed',1795932249.3123714923,'{"timestamp":1795932249.3123715,"action":"order_status_form","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' is open","hide_rule_turn":true}');
INSERT INTO events VALUES('landed-locked',28,'bot_uttered',1795932249.3244850635,'{"timestamp":1795932249.324485,"text":"I can''t find order 88120 with that postcode. If the number has a typo, tell me the right one.","response":"utter_no_match"}');
INSERT INTO events VALUES('landed-locked',29,'slot_set',1795932249.3244984149,'{"timestamp":1795932249.3244984,"name":"postcode","source":{"kind":"action","sequence":25}}');
INSERT INTO events VALUES('landed-locked',30,'slot_set',1795932249.3245465755,'{"timestamp":1795932249.3245466,"name":"form_attempts","value":"order_status_form:2","source":{"kind":"action","sequence":25}}');
INSERT INTO events VALUES('landed-locked',31,'slot_set',1795932249.3245608806,'{"timestamp":1795932249.3245609,"name":"requested_slot","value":"postcode","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-locked',32,'bot_uttered',1795932249.3247215747,'{"timestamp":1795932249.3247216,"text":"And the postcode it goes to? That''s how I know that it''s you.","response":"utter_ask_postcode"}');
INSERT INTO events VALUES('landed-locked',33,'action_executed',1795932249.3250217437,'{"timestamp":1795932249.3250217,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' waits for an answer"}');
INSERT INTO events VALUES('landed-locked',34,'user_uttered',1795932249.381850481,'{"timestamp":1795932249.3818505,"message_id":"98cb3cc907cc635947bf9bfcbe312d12","text":"9020","parse":{"text":"9020","intent":{"name":"inform","confidence":0.9979389309883118},"intent_ranking":[{"name":"inform","confidence":0.9979389309883118},{"name":"correct","confidence":0.001145241199992597},{"name":"greet","confidence":0.00015122484182938933},{"name":"affirm","confidence":0.00014226784696802497},{"name":"order_status","confidence":0.0001120125743909739},{"name":"thank","confidence":0.00011053330672439188},{"name":"stop","confidence":0.00008286326919915155},{"name":"goodbye","confidence":0.00005208760194364004},{"name":"product_question","confidence":0.0000425799771619495},{"name":"faq","confidence":0.00002860744576693719}],"entities":[{"entity":"postcode","value":"9020","start":0,"end":4,"confidence":0.9,"extractor":"expected"}],"language":"en","scope":{"in_scope":true,"score":0.9997779162059064,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/opening_hours","confidence":0.4684879913053288},{"name":"faq/shop_locations","confidence":0.38080322071696193},{"name":"faq/shipping_time","confidence":0.05432490187666572},{"name":"faq/warranty","confidence":0.03825056791233981},{"name":"faq/payment_methods","confidence":0.03103669469196215},{"name":"faq/shipping_cost","confidence":0.025714698027313326},{"name":"faq/return_policy","confidence":0.0013819254694282567}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-locked',35,'slot_set',1795932249.3957633971,'{"timestamp":1795932249.3957634,"name":"postcode","value":"9020","source":{"kind":"entity","sequence":34,"start":0,"end":4,"confidence":0.9}}');
INSERT INTO events VALUES('landed-locked',36,'action_executed',1795932249.3961968422,'{"timestamp":1795932249.3961968,"action":"order_status_form","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' is open","hide_rule_turn":true}');
INSERT INTO events VALUES('landed-locked',37,'slot_set',1795932249.4074084758,'{"timestamp":1795932249.4074085,"name":"postcode","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',38,'slot_set',1795932249.4074866772,'{"timestamp":1795932249.4074867,"name":"outcome","value":"failed","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',39,'slot_set',1795932249.4075043202,'{"timestamp":1795932249.4075043,"name":"requested_slot","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',40,'slot_set',1795932249.4075615405,'{"timestamp":1795932249.4075615,"name":"requested_slot"}');
INSERT INTO events VALUES('landed-locked',41,'active_loop',1795932249.407582283,'{"timestamp":1795932249.4075823,"name":null}');
INSERT INTO events VALUES('landed-locked',42,'action_executed',1795932249.4080519676,'{"timestamp":1795932249.408052,"action":"action_order_status","policy":"RulePolicy","confidence":1.0,"because":"rule ''After order_status_form''"}');
INSERT INTO events VALUES('landed-locked',43,'bot_uttered',1795932249.4084084034,'{"timestamp":1795932249.4084084,"text":"We''re not getting anywhere like this, sorry. Let me get a person to help you.","response":"utter_form_failed"}');
INSERT INTO events VALUES('landed-locked',44,'slot_set',1795932249.4084510803,'{"timestamp":1795932249.408451,"name":"outcome","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',45,'slot_set',1795932249.4084866046,'{"timestamp":1795932249.4084866,"name":"form_attempts","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',46,'slot_set',1795932249.4085035323,'{"timestamp":1795932249.4085035,"name":"stopping","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',47,'slot_set',1795932249.4085206986,'{"timestamp":1795932249.4085207,"name":"stop_confirmation","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',48,'slot_set',1795932249.4085359573,'{"timestamp":1795932249.408536,"name":"code","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',49,'slot_set',1795932249.4085507393,'{"timestamp":1795932249.4085507,"name":"code_email","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-locked',50,'slot_set',1795932249.4085657596,'{"timestamp":1795932249.4085658,"name":"last_form","value":"order_status_form","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',51,'escalation_requested',1795932249.4088053702,'{"timestamp":1795932249.4088054,"reason":"form_failed","cause":34,"detail":"order status"}');
INSERT INTO events VALUES('landed-locked',52,'handoff_unavailable',1795932249.4113833904,'{"timestamp":1795932249.4113834,"reason":"no_agents","queue":"general"}');
INSERT INTO events VALUES('landed-locked',53,'bot_uttered',1795932249.4113833904,'{"timestamp":1795932249.4113834,"text":"I am sorry, none of my colleagues is available right now. Write your message here and they will answer you as soon as they can. Please add an e-mail address or a phone number.","custom":{"handoff":{"id":null,"state":"unavailable","queue":"general","position":null,"expected_wait":null}}}');
INSERT INTO events VALUES('landed-locked',54,'action_executed',1795932249.4115066528,'{"timestamp":1795932249.4115067,"action":"action_listen","because":"the conversation waits for a person"}');
INSERT INTO events VALUES('landed-locked',55,'user_uttered',1795932249.474477291,'{"timestamp":1795932249.4744773,"message_id":"995a339a06091309372bc3b36d228903","text":"9030","parse":{"text":"9030","intent":{"name":"inform","confidence":0.9987375140190125},"intent_ranking":[{"name":"inform","confidence":0.9987375140190125},{"name":"correct","confidence":0.0006963920895941556},{"name":"greet","confidence":0.00011114488734165207},{"name":"order_status","confidence":0.00010376315913163126},{"name":"affirm","confidence":0.00006668734567938372},{"name":"thank","confidence":0.00004667650136980228},{"name":"stop","confidence":0.000034557695471448824},{"name":"faq","confidence":0.000030537191241464257},{"name":"goodbye","confidence":0.000024608050807728432},{"name":"product_question","confidence":0.000020829484128626063}],"entities":[{"entity":"postcode","value":"9030","start":0,"end":4,"confidence":0.9286,"extractor":"model"}],"language":"en","scope":{"in_scope":true,"score":0.9997995054476272,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/shop_locations","confidence":0.4448727782202475},{"name":"faq/opening_hours","confidence":0.4314906885681505},{"name":"faq/shipping_time","confidence":0.06052251431586734},{"name":"faq/shipping_cost","confidence":0.024004477174871332},{"name":"faq/payment_methods","confidence":0.02099748529158568},{"name":"faq/warranty","confidence":0.017198996059195733},{"name":"faq/return_policy","confidence":0.0009130603700819583}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-locked',56,'message_left',1795932249.4902348518,'{"timestamp":1795932249.4902349,"ticket_id":"T-10002","queue":"general"}');
INSERT INTO events VALUES('landed-locked',57,'bot_uttered',1795932249.4902348518,'{"timestamp":1795932249.4902349,"text":"Thank you. I have passed your message on as ticket T-10002. A colleague will answer you."}');
INSERT INTO events VALUES('landed-locked',58,'action_executed',1795932249.4943566321,'{"timestamp":1795932249.4943566,"action":"action_listen"}');
INSERT INTO events VALUES('landed-locked',59,'user_uttered',1795932249.5469703674,'{"timestamp":1795932249.5469704,"message_id":"35e26970a4c35bf490cf0a7eac4bc470","text":"9040","parse":{"text":"9040","intent":{"name":"inform","confidence":0.9985119700431824},"intent_ranking":[{"name":"inform","confidence":0.9985119700431824},{"name":"correct","confidence":0.0007868133252486587},{"name":"order_status","confidence":0.00016596575733274221},{"name":"greet","confidence":0.00011283608910162002},{"name":"thank","confidence":0.00008644630725029856},{"name":"affirm","confidence":0.0000724242054275237},{"name":"stop","confidence":0.000046068435040069744},{"name":"goodbye","confidence":0.00003773931530304253},{"name":"faq","confidence":0.00002241764796373502},{"name":"product_question","confidence":0.000018169794202549383}],"entities":[{"entity":"postcode","value":"9040","start":0,"end":4,"confidence":0.9286,"extractor":"model"}],"language":"en","scope":{"in_scope":true,"score":0.9998490763967337,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/shop_locations","confidence":0.44158580159380595},{"name":"faq/opening_hours","confidence":0.4046271912035236},{"name":"faq/shipping_time","confidence":0.07113062733124283},{"name":"faq/shipping_cost","confidence":0.031723274150247595},{"name":"faq/payment_methods","confidence":0.029353253301497934},{"name":"faq/warranty","confidence":0.020693362982424874},{"name":"faq/return_policy","confidence":0.000886489437257217}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-locked',60,'slot_set',1795932249.5604965687,'{"timestamp":1795932249.5604966,"name":"postcode","value":"9040","source":{"kind":"entity","sequence":59,"start":0,"end":4,"confidence":0.9286}}');
INSERT INTO events VALUES('landed-locked',61,'action_executed',1795932249.5608284473,'{"timestamp":1795932249.5608284,"action":"action_inform","policy":"RulePolicy","confidence":1.0,"because":"rule ''Make the best of a bare answer''","hide_rule_turn":true}');
INSERT INTO events VALUES('landed-locked',62,'followup_action',1795932249.5611662864,'{"timestamp":1795932249.5611663,"action":"order_status_form"}');
INSERT INTO events VALUES('landed-locked',63,'action_executed',1795932249.5612289905,'{"timestamp":1795932249.561229,"action":"order_status_form","policy":"FollowupAction","confidence":1.0,"because":"forced by an event"}');
INSERT INTO events VALUES('landed-locked',64,'active_loop',1795932249.5612425803,'{"timestamp":1795932249.5612426,"name":"order_status_form"}');
INSERT INTO events VALUES('landed-locked',65,'slot_set',1795932249.5893046856,'{"timestamp":1795932249.5893047,"name":"order_number","value":"88120","source":{"kind":"entity","sequence":5,"start":18,"end":23,"confidence":0.9512}}');
INSERT INTO events VALUES('landed-locked',66,'slot_set',1795932249.5895774364,'{"timestamp":1795932249.5895774,"name":"postcode","source":{"kind":"action","sequence":59}}');
INSERT INTO events VALUES('landed-locked',67,'slot_set',1795932249.5896010398,'{"timestamp":1795932249.589601,"name":"outcome","value":"locked","source":{"kind":"action","sequence":59}}');
INSERT INTO events VALUES('landed-locked',68,'slot_set',1795932249.5896179675,'{"timestamp":1795932249.589618,"name":"requested_slot","source":{"kind":"action","sequence":59}}');
INSERT INTO events VALUES('landed-locked',69,'active_loop',1795932249.5897436141,'{"timestamp":1795932249.5897436,"name":null}');
INSERT INTO events VALUES('landed-locked',70,'action_executed',1795932249.5901699066,'{"timestamp":1795932249.59017,"action":"action_order_status","policy":"RulePolicy","confidence":1.0,"because":"rule ''After order_status_form''"}');
INSERT INTO events VALUES('landed-locked',71,'bot_uttered',1795932249.590563774,'{"timestamp":1795932249.5905638,"text":"I couldn''t confirm that it''s you, so I won''t show anything from that order. A person will take it from here.","response":"utter_identity_locked"}');
INSERT INTO events VALUES('landed-locked',72,'slot_set',1795932249.5906031131,'{"timestamp":1795932249.590603,"name":"outcome","source":{"kind":"action","sequence":59}}');
INSERT INTO events VALUES('landed-locked',73,'slot_set',1795932249.5906434058,'{"timestamp":1795932249.5906434,"name":"form_attempts","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',74,'slot_set',1795932249.5906603336,'{"timestamp":1795932249.5906603,"name":"stopping","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',75,'slot_set',1795932249.5906763076,'{"timestamp":1795932249.5906763,"name":"stop_confirmation","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',76,'slot_set',1795932249.5906922817,'{"timestamp":1795932249.5906923,"name":"last_form","value":"order_status_form","source":{"kind":"action","sequence":34}}');
INSERT INTO events VALUES('landed-locked',77,'escalation_requested',1795932249.5909016132,'{"timestamp":1795932249.5909016,"reason":"rule","cause":59,"detail":"identity could not be verified"}');
INSERT INTO events VALUES('landed-locked',78,'handoff_unavailable',1795932249.5937395095,'{"timestamp":1795932249.5937395,"reason":"no_agents","queue":"general"}');
INSERT INTO events VALUES('landed-locked',79,'bot_uttered',1795932249.5937395095,'{"timestamp":1795932249.5937395,"text":"I am sorry, none of my colleagues is available right now. Write your message here and they will answer you as soon as they can. Please add an e-mail address or a phone number.","custom":{"handoff":{"id":null,"state":"unavailable","queue":"general","position":null,"expected_wait":null}}}');
INSERT INTO events VALUES('landed-locked',80,'action_executed',1795932249.5939509869,'{"timestamp":1795932249.593951,"action":"action_listen","because":"the conversation waits for a person"}');
INSERT INTO events VALUES('landed-message',1,'conversation_started',1795932249.0051648616,'{"timestamp":1795932249.0051649,"channel":"rest","language":"en"}');
INSERT INTO events VALUES('landed-message',2,'action_executed',1795932249.0219933987,'{"timestamp":1795932249.0219934,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-message',3,'session_started',1795932249.0219933987,'{"timestamp":1795932249.0219934}');
INSERT INTO events VALUES('landed-message',4,'action_executed',1795932249.0219933987,'{"timestamp":1795932249.0219934,"action":"action_listen"}');
INSERT INTO events VALUES('landed-message',5,'user_uttered',1795932249.006657362,'{"timestamp":1795932249.0066574,"message_id":"58b3295b37351d234a8fbab27fa25e0d","text":"I want to talk to a person","parse":{"text":"I want to talk to a person","intent":{"name":"ask_for_person","confidence":0.9981269240379333},"intent_ranking":[{"name":"ask_for_person","confidence":0.9981269240379333},{"name":"are_you_a_bot","confidence":0.0007314450922422111},{"name":"request_callback","confidence":0.0004247445031069219},{"name":"help","confidence":0.00028394529363140464},{"name":"greet","confidence":0.00015216422616504133},{"name":"switch_language","confidence":0.00006953563570277765},{"name":"goodbye","confidence":0.00006771348125766963},{"name":"thank","confidence":0.0000473953114124015},{"name":"inform","confidence":0.000022195839846972376},{"name":"reset_password","confidence":9.983538802771363e-6}],"language":"en","scope":{"in_scope":true,"score":0.9993041389001305,"threshold":0.5},"sentiment":0.0772,"response_ranking":[{"name":"faq/shop_locations","confidence":0.4745384348166152},{"name":"faq/opening_hours","confidence":0.2100895108254056},{"name":"faq/payment_methods","confidence":0.19281491020471633},{"name":"faq/warranty","confidence":0.05888586771848669},{"name":"faq/shipping_time","confidence":0.02581815999978816},{"name":"faq/shipping_cost","confidence":0.019383417601310224},{"name":"faq/return_policy","confidence":0.018469698833677786}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-message',6,'action_executed',1795932249.0223879813,'{"timestamp":1795932249.022388,"action":"action_human_handoff","policy":"RulePolicy","confidence":1.0,"because":"rule ''Get a person''"}');
INSERT INTO events VALUES('landed-message',7,'escalation_requested',1795932249.0224485397,'{"timestamp":1795932249.0224485,"reason":"asked_for_person","cause":5}');
INSERT INTO events VALUES('landed-message',8,'handoff_unavailable',1795932249.0247619152,'{"timestamp":1795932249.024762,"reason":"no_agents","queue":"general"}');
INSERT INTO events VALUES('landed-message',9,'bot_uttered',1795932249.0247619152,'{"timestamp":1795932249.024762,"text":"I am sorry, none of my colleagues is available right now. Write your message here and they will answer you as soon as they can. Please add an e-mail address or a phone number.","custom":{"handoff":{"id":null,"state":"unavailable","queue":"general","position":null,"expected_wait":null}}}');
INSERT INTO events VALUES('landed-message',10,'action_executed',1795932249.0248739718,'{"timestamp":1795932249.024874,"action":"action_listen","because":"the conversation waits for a person"}');
INSERT INTO events VALUES('landed-message',11,'user_uttered',1795932249.0649819374,'{"timestamp":1795932249.064982,"message_id":"68172fd877e12870fd77542ffce72889","text":"Please ring me about my lamp, +4722334455","parse":{"text":"Please ring me about my lamp, +4722334455","intent":{"name":"request_callback","confidence":0.9722031354904175},"intent_ranking":[{"name":"request_callback","confidence":0.9722031354904175},{"name":"change_phone","confidence":0.012039822526276112},{"name":"give_feedback","confidence":0.00985516607761383},{"name":"order_status","confidence":0.0012067658826708794},{"name":"inform","confidence":0.0011210849042981863},{"name":"return_item","confidence":0.0005648424266837537},{"name":"ask_for_person","confidence":0.0005398638313636184},{"name":"technical_support","confidence":0.0003131263074465096},{"name":"complaint","confidence":0.00028272991767153144},{"name":"cancel_order","confidence":0.0002813297032844275}],"entities":[{"entity":"product","value":"Aurora desk lamp","start":24,"end":28,"confidence":0.9949,"extractor":"lookup"},{"entity":"phone","value":"+4722334455","start":30,"end":41,"confidence":0.9375,"extractor":"pattern","normalized":"+4722334455"}],"language":"en","scope":{"in_scope":true,"score":0.9847520583447548,"threshold":0.5},"sentiment":0.3182,"response_ranking":[{"name":"faq/opening_hours","confidence":0.40719602685645395},{"name":"faq/shop_locations","confidence":0.3139592110559513},{"name":"faq/warranty","confidence":0.17245004375770234},{"name":"faq/shipping_time","confidence":0.057642133080167364},{"name":"faq/payment_methods","confidence":0.03561794007626017},{"name":"faq/return_policy","confidence":0.008238908412333594},{"name":"faq/shipping_cost","confidence":0.004895736761131268}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-message',12,'message_left',1795932249.0783040523,'{"timestamp":1795932249.078304,"ticket_id":"T-10001","queue":"general"}');
INSERT INTO events VALUES('landed-message',13,'bot_uttered',1795932249.0783040523,'{"timestamp":1795932249.078304,"text":"Thank you. I have passed your message on as ticket T-10001. A colleague will answer you."}');
INSERT INTO events VALUES('landed-message',14,'action_executed',1795932249.0827670096,'{"timestamp":1795932249.082767,"action":"action_listen"}');
INSERT INTO events VALUES('landed-mid-form',1,'conversation_started',1795932248.9429075717,'{"timestamp":1795932248.9429076,"channel":"rest","language":"en"}');
INSERT INTO events VALUES('landed-mid-form',2,'action_executed',1795932248.9621219635,'{"timestamp":1795932248.962122,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-mid-form',3,'session_started',1795932248.9621219635,'{"timestamp":1795932248.962122}');
INSERT INTO events VALUES('landed-mid-form',4,'action_executed',1795932248.9621219635,'{"timestamp":1795932248.962122,"action":"action_listen"}');
INSERT INTO events VALUES('landed-mid-form',5,'user_uttered',1795932248.9446511268,'{"timestamp":1795932248.9446511,"message_id":"083bdf36c85126d1297e1a5b49a9a5fe","text":"I want to return the headphones from order 51377","parse":{"text":"I want to return the headphones from order 51377","intent":{"name":"return_item","confidence":0.9982019662857056},"intent_ranking":[{"name":"return_item","confidence":0.9982019662857056},{"name":"cancel_order","confidence":0.0007818267913535237},{"name":"change_order","confidence":0.000645885244011879},{"name":"faq","confidence":0.00015220625671830135},{"name":"refund_status","confidence":0.0000666254636598751},{"name":"wrong_item","confidence":0.00003135468432446942},{"name":"invoice_copy","confidence":0.000023990087356651202},{"name":"change_phone","confidence":0.000014246211321733426},{"name":"change_address","confidence":0.000013963578567199875},{"name":"request_callback","confidence":0.000011835397344839294}],"entities":[{"entity":"product","value":"Fjord headphones","start":21,"end":31,"confidence":0.9949,"extractor":"lookup"},{"entity":"order_number","value":"51377","start":43,"end":48,"confidence":0.9512,"extractor":"pattern"}],"alternatives":[{"entity":"postcode","value":"51377","start":43,"end":48,"confidence":0.95,"extractor":"pattern"}],"language":"en","scope":{"in_scope":true,"score":0.9998972053514744,"threshold":0.5},"sentiment":0.0772,"response_ranking":[{"name":"faq/return_policy","confidence":0.9943333693616677},{"name":"faq/payment_methods","confidence":0.001832559478073279},{"name":"faq/shipping_time","confidence":0.0014488845073172215},{"name":"faq/shipping_cost","confidence":0.0009818501474958567},{"name":"faq/shop_locations","confidence":0.000930493744219399},{"name":"faq/warranty","confidence":0.0003635899390763045},{"name":"faq/opening_hours","confidence":0.00010925282215024914}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-mid-form',6,'slot_set',1795932248.9622814655,'{"timestamp":1795932248.9622815,"name":"order_number","value":"51377","source":{"kind":"entity","sequence":5,"start":43,"end":48,"confidence":0.9512}}');
INSERT INTO events VALUES('landed-mid-form',7,'slot_set',1795932248.9622814655,'{"timestamp":1795932248.9622815,"name":"product","value":"Fjord headphones","source":{"kind":"entity","sequence":5,"start":21,"end":31,"confidence":0.9949}}');
INSERT INTO events VALUES('landed-mid-form',8,'action_executed',1795932248.9626278877,'{"timestamp":1795932248.962628,"action":"return_form","policy":"RulePolicy","confidence":1.0,"because":"rule ''Return something''"}');
INSERT INTO events VALUES('landed-mid-form',9,'active_loop',1795932248.9626500606,'{"timestamp":1795932248.96265,"name":"return_form"}');
INSERT INTO events VALUES('landed-mid-form',10,'slot_set',1795932248.9633471965,'{"timestamp":1795932248.9633472,"name":"item","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-mid-form',11,'slot_set',1795932248.9633724689,'{"timestamp":1795932248.9633725,"name":"return_reason","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-mid-form',12,'slot_set',1795932248.9633841514,'{"timestamp":1795932248.9633842,"name":"confirm","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-mid-form',13,'slot_set',1795932248.9633946419,'{"timestamp":1795932248.9633946,"name":"order_number","value":"51377","source":{"kind":"entity","sequence":5,"start":43,"end":48,"confidence":0.9512}}');
INSERT INTO events VALUES('landed-mid-form',14,'slot_set',1795932248.9634046554,'{"timestamp":1795932248.9634047,"name":"code_email","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-mid-form',15,'slot_set',1795932248.9634165763,'{"timestamp":1795932248.9634166,"name":"code","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-mid-form',16,'slot_set',1795932248.9634282588,'{"timestamp":1795932248.9634283,"name":"stop_confirmation","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-mid-form',17,'slot_set',1795932248.9634375572,'{"timestamp":1795932248.9634376,"name":"requested_slot","value":"postcode","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-mid-form',18,'slot_set',1795932248.9627029895,'{"timestamp":1795932248.962703,"name":"product","value":"Fjord headphones","source":{"kind":"entity","sequence":5,"start":21,"end":31,"confidence":0.9949}}');
INSERT INTO events VALUES('landed-mid-form',19,'bot_uttered',1795932248.9635858535,'{"timestamp":1795932248.9635859,"text":"And the postcode it goes to? That''s how I know that it''s you.","response":"utter_ask_postcode"}');
INSERT INTO events VALUES('landed-mid-form',20,'action_executed',1795932248.9638559818,'{"timestamp":1795932248.963856,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"''return_form'' waits for an answer"}');
INSERT INTO events VALUES('landed-resolved',1,'conversation_started',1795932250.176457405,'{"timestamp":1795932250.1764574,"channel":"rest","language":"en"}');
INSERT INTO events VALUES('landed-resolved',2,'action_executed',1795932250.1976065635,'{"timestamp":1795932250.1976066,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-resolved',3,'session_started',1795932250.1976065635,'{"timestamp":1795932250.1976066}');
INSERT INTO events VALUES('landed-resolved',4,'action_executed',1795932250.1976065635,'{"timestamp":1795932250.1976066,"action":"action_listen"}');
INSERT INTO events VALUES('landed-resolved',5,'user_uttered',1795932250.1787745952,'{"timestamp":1795932250.1787746,"message_id":"8303a0fd6613cbdec8068147ff2da435","text":"I want to talk to a person","parse":{"text":"I want to talk to a person","intent":{"name":"ask_for_person","confidence":0.9981269240379333},"intent_ranking":[{"name":"ask_for_person","confidence":0.9981269240379333},{"name":"are_you_a_bot","confidence":0.0007314450922422111},{"name":"request_callback","confidence":0.0004247445031069219},{"name":"help","confidence":0.00028394529363140464},{"name":"greet","confidence":0.00015216422616504133},{"name":"switch_language","confidence":0.00006953563570277765},{"name":"goodbye","confidence":0.00006771348125766963},{"name":"thank","confidence":0.0000473953114124015},{"name":"inform","confidence":0.000022195839846972376},{"name":"reset_password","confidence":9.983538802771363e-6}],"language":"en","scope":{"in_scope":true,"score":0.9993041389001305,"threshold":0.5},"sentiment":0.0772,"response_ranking":[{"name":"faq/shop_locations","confidence":0.4745384348166152},{"name":"faq/opening_hours","confidence":0.2100895108254056},{"name":"faq/payment_methods","confidence":0.19281491020471633},{"name":"faq/warranty","confidence":0.05888586771848669},{"name":"faq/shipping_time","confidence":0.02581815999978816},{"name":"faq/shipping_cost","confidence":0.019383417601310224},{"name":"faq/return_policy","confidence":0.018469698833677786}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-resolved',6,'action_executed',1795932250.1980905532,'{"timestamp":1795932250.1980906,"action":"action_human_handoff","policy":"RulePolicy","confidence":1.0,"because":"rule ''Get a person''"}');
INSERT INTO events VALUES('landed-resolved',7,'escalation_requested',1795932250.198155403,'{"timestamp":1795932250.1981554,"reason":"asked_for_person","cause":5}');
INSERT INTO events VALUES('landed-resolved',8,'handoff_queued',1795932250.198155403,'{"timestamp":1795932250.1981554,"handoff_id":"handoff_ydQ-pg355wcn4CoN","queue":"general","language":"en","position":1,"expected_wait":10.0}');
INSERT INTO events VALUES('landed-resolved',9,'bot_uttered',1795932250.198155403,'{"timestamp":1795932250.1981554,"text":"I am passing you on to a colleague. You are number 1 in the queue. The expected wait is less than a minute.","custom":{"handoff":{"id":"handoff_ydQ-pg355wcn4CoN","state":"queued","queue":"general","position":1,"expected_wait":10}}}');
INSERT INTO events VALUES('landed-resolved',10,'action_executed',1795932250.2015037536,'{"timestamp":1795932250.2015038,"action":"action_listen","because":"the conversation waits for a person"}');
INSERT INTO events VALUES('landed-resolved',11,'handoff_offered',1795932250.2275693416,'{"timestamp":1795932250.2275693,"handoff_id":"handoff_ydQ-pg355wcn4CoN","agent_id":"agent_d4fdf6e0f967","expires_at":1795932270.2275693}');
INSERT INTO events VALUES('landed-resolved',12,'handoff_accepted',1795932250.2332820892,'{"timestamp":1795932250.233282,"handoff_id":"handoff_ydQ-pg355wcn4CoN","agent_id":"agent_d4fdf6e0f967","agent_name":"Ada Berg"}');
INSERT INTO events VALUES('landed-resolved',13,'handoff_resolved',1795932250.2622740269,'{"timestamp":1795932250.262274,"handoff_id":"handoff_ydQ-pg355wcn4CoN","agent_id":"agent_d4fdf6e0f967","disposition":"solved","note":"done"}');
INSERT INTO events VALUES('landed-verified',1,'conversation_started',1795932248.8180167674,'{"timestamp":1795932248.8180168,"channel":"rest","language":"en"}');
INSERT INTO events VALUES('landed-verified',2,'action_executed',1795932248.8353543282,'{"timestamp":1795932248.8353543,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-verified',3,'session_started',1795932248.8353543282,'{"timestamp":1795932248.8353543}');
INSERT INTO events VALUES('landed-verified',4,'action_executed',1795932248.8353543282,'{"timestamp":1795932248.8353543,"action":"action_listen"}');
INSERT INTO events VALUES('landed-verified',5,'user_uttered',1795932248.8197479247,'{"timestamp":1795932248.819748,"message_id":"195943f7db42de67d5e556b72c3a22ea","text":"where is my order 48213?","parse":{"text":"where is my order 48213?","intent":{"name":"order_status","confidence":0.9966296553611755},"intent_ranking":[{"name":"order_status","confidence":0.9966296553611755},{"name":"delivery_late","confidence":0.001805467763915658},{"name":"inform","confidence":0.0004516446788329631},{"name":"faq","confidence":0.00034597893251486767},{"name":"item_missing","confidence":0.00020868696446996182},{"name":"product_availability","confidence":0.00013971338921692222},{"name":"refund_status","confidence":0.00010716468386817724},{"name":"cancel_order","confidence":0.00008515165973221883},{"name":"wrong_item","confidence":0.00008162399171851575},{"name":"invoice_copy","confidence":0.00004787666694028303}],"entities":[{"entity":"order_number","value":"48213","start":18,"end":23,"confidence":0.9512,"extractor":"pattern"}],"alternatives":[{"entity":"postcode","value":"48213","start":18,"end":23,"confidence":0.95,"extractor":"pattern"}],"language":"en","scope":{"in_scope":true,"score":0.9998931377329474,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/shop_locations","confidence":0.6765442977356915},{"name":"faq/shipping_time","confidence":0.2881368650258712},{"name":"faq/shipping_cost","confidence":0.023475713717482014},{"name":"faq/opening_hours","confidence":0.007081676112582442},{"name":"faq/payment_methods","confidence":0.0034146422539945097},{"name":"faq/return_policy","confidence":0.001014310914855662},{"name":"faq/warranty","confidence":0.0003324942395227466}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-verified',6,'slot_set',1795932248.8355202675,'{"timestamp":1795932248.8355203,"name":"order_number","value":"48213","source":{"kind":"entity","sequence":5,"start":18,"end":23,"confidence":0.9512}}');
INSERT INTO events VALUES('landed-verified',7,'action_executed',1795932248.8358309268,'{"timestamp":1795932248.835831,"action":"order_status_form","policy":"RulePolicy","confidence":1.0,"because":"rule ''Look up an order''"}');
INSERT INTO events VALUES('landed-verified',8,'active_loop',1795932248.8358500004,'{"timestamp":1795932248.83585,"name":"order_status_form"}');
INSERT INTO events VALUES('landed-verified',9,'slot_set',1795932248.8364965915,'{"timestamp":1795932248.8364966,"name":"order_number","value":"48213","source":{"kind":"entity","sequence":5,"start":18,"end":23,"confidence":0.9512}}');
INSERT INTO events VALUES('landed-verified',10,'slot_set',1795932248.836525917,'{"timestamp":1795932248.836526,"name":"code_email","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-verified',11,'slot_set',1795932248.8365416526,'{"timestamp":1795932248.8365417,"name":"code","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-verified',12,'slot_set',1795932248.8365528583,'{"timestamp":1795932248.8365529,"name":"stop_confirmation","value":"-","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-verified',13,'slot_set',1795932248.8365693092,'{"timestamp":1795932248.8365693,"name":"requested_slot","value":"postcode","source":{"kind":"action","sequence":5}}');
INSERT INTO events VALUES('landed-verified',14,'bot_uttered',1795932248.8367016315,'{"timestamp":1795932248.8367016,"text":"And the postcode it goes to? That''s how I know that it''s you.","response":"utter_ask_postcode"}');
INSERT INTO events VALUES('landed-verified',15,'action_executed',1795932248.8369586467,'{"timestamp":1795932248.8369586,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' waits for an answer"}');
INSERT INTO events VALUES('landed-verified',16,'user_uttered',1795932248.877654314,'{"timestamp":1795932248.8776543,"message_id":"3e80d969a36f3a9aeec2bd43431f2169","text":"0150","parse":{"text":"0150","intent":{"name":"inform","confidence":0.997799813747406},"intent_ranking":[{"name":"inform","confidence":0.997799813747406},{"name":"correct","confidence":0.0016700035193935037},{"name":"order_status","confidence":0.00008354724559467286},{"name":"greet","confidence":0.00008214246190618724},{"name":"affirm","confidence":0.000059367059293435887},{"name":"stop","confidence":0.00004775106208398938},{"name":"thank","confidence":0.00004021637141704559},{"name":"change_phone","confidence":0.00002549675809859764},{"name":"goodbye","confidence":0.000024098304493236355},{"name":"faq","confidence":0.00001885019852032599}],"entities":[{"entity":"postcode","value":"0150","start":0,"end":4,"confidence":0.9,"extractor":"expected"}],"language":"en","scope":{"in_scope":true,"score":0.9996649153398025,"threshold":0.5},"sentiment":0.0,"response_ranking":[{"name":"faq/opening_hours","confidence":0.4386900769259474},{"name":"faq/shop_locations","confidence":0.3953114481723846},{"name":"faq/shipping_time","confidence":0.07695818856408043},{"name":"faq/payment_methods","confidence":0.03154245787962029},{"name":"faq/warranty","confidence":0.028394752785400882},{"name":"faq/shipping_cost","confidence":0.02758712336159708},{"name":"faq/return_policy","confidence":0.0015159523109692583}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-verified',17,'slot_set',1795932248.8891928195,'{"timestamp":1795932248.8891928,"name":"postcode","value":"0150","source":{"kind":"entity","sequence":16,"start":0,"end":4,"confidence":0.9}}');
INSERT INTO events VALUES('landed-verified',18,'action_executed',1795932248.8895175457,'{"timestamp":1795932248.8895175,"action":"order_status_form","policy":"RulePolicy","confidence":1.0,"because":"''order_status_form'' is open","hide_rule_turn":true}');
INSERT INTO events VALUES('landed-verified',19,'slot_set',1795932248.9009010791,'{"timestamp":1795932248.900901,"name":"postcode","value":"0150","source":{"kind":"entity","sequence":16,"start":0,"end":4,"confidence":0.9}}');
INSERT INTO events VALUES('landed-verified',20,'slot_set',1795932248.900988102,'{"timestamp":1795932248.900988,"name":"verified","value":true,"source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',21,'slot_set',1795932248.901005268,'{"timestamp":1795932248.9010053,"name":"customer_id","value":"C-1001","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',22,'slot_set',1795932248.9010276793,'{"timestamp":1795932248.9010277,"name":"requested_slot","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',23,'customer_identified',1795932248.9010403156,'{"timestamp":1795932248.9010403,"customer_id":"C-1001","by":"order_and_postcode"}');
INSERT INTO events VALUES('landed-verified',24,'slot_set',1795932248.9011013508,'{"timestamp":1795932248.9011014,"name":"requested_slot"}');
INSERT INTO events VALUES('landed-verified',25,'active_loop',1795932248.9011232853,'{"timestamp":1795932248.9011233,"name":null}');
INSERT INTO events VALUES('landed-verified',26,'action_executed',1795932248.9017982483,'{"timestamp":1795932248.9017982,"action":"action_order_status","policy":"RulePolicy","confidence":1.0,"because":"rule ''After order_status_form''"}');
INSERT INTO events VALUES('landed-verified',27,'bot_uttered',1795932248.9037129878,'{"timestamp":1795932248.903713,"text":"Order 48213 left us on Friday 27 November and should be with you tomorrow, Monday 30 November. It''s Aurora desk lamp and 2 Lumen smart bulbs, carried by Posten, tracking number FL48213NO.","response":"utter_status_shipped"}');
INSERT INTO events VALUES('landed-verified',28,'record_accessed',1795932248.903727293,'{"timestamp":1795932248.9037273,"record":"order","record_id":"48213","operation":"read","summary":"shipped"}');
INSERT INTO events VALUES('landed-verified',29,'slot_set',1795932248.9037525653,'{"timestamp":1795932248.9037526,"name":"told","value":"48213/shipped","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',30,'slot_set',1795932248.903789997,'{"timestamp":1795932248.90379,"name":"outcome","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',31,'slot_set',1795932248.9038033485,'{"timestamp":1795932248.9038033,"name":"form_attempts","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',32,'slot_set',1795932248.903819561,'{"timestamp":1795932248.9038196,"name":"stopping","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',33,'slot_set',1795932248.9038317203,'{"timestamp":1795932248.9038317,"name":"stop_confirmation","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',34,'slot_set',1795932248.903842926,'{"timestamp":1795932248.903843,"name":"code","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',35,'slot_set',1795932248.9038538932,'{"timestamp":1795932248.903854,"name":"last_form","value":"order_status_form","source":{"kind":"action","sequence":16}}');
INSERT INTO events VALUES('landed-verified',36,'action_executed',1795932248.9041674137,'{"timestamp":1795932248.9041674,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"rule ''After order_status_form''"}');
INSERT INTO events VALUES('landed-waiting',1,'conversation_started',1795932250.3257050514,'{"timestamp":1795932250.325705,"channel":"rest","language":"en"}');
INSERT INTO events VALUES('landed-waiting',2,'action_executed',1795932250.3486459254,'{"timestamp":1795932250.348646,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-waiting',3,'session_started',1795932250.3486459254,'{"timestamp":1795932250.348646}');
INSERT INTO events VALUES('landed-waiting',4,'action_executed',1795932250.3486459254,'{"timestamp":1795932250.348646,"action":"action_listen"}');
INSERT INTO events VALUES('landed-waiting',5,'user_uttered',1795932250.3282513618,'{"timestamp":1795932250.3282514,"message_id":"e72e54ea0582b008d259b2ed8627fb22","text":"I want to talk to a person","parse":{"text":"I want to talk to a person","intent":{"name":"ask_for_person","confidence":0.9981269240379333},"intent_ranking":[{"name":"ask_for_person","confidence":0.9981269240379333},{"name":"are_you_a_bot","confidence":0.0007314450922422111},{"name":"request_callback","confidence":0.0004247445031069219},{"name":"help","confidence":0.00028394529363140464},{"name":"greet","confidence":0.00015216422616504133},{"name":"switch_language","confidence":0.00006953563570277765},{"name":"goodbye","confidence":0.00006771348125766963},{"name":"thank","confidence":0.0000473953114124015},{"name":"inform","confidence":0.000022195839846972376},{"name":"reset_password","confidence":9.983538802771363e-6}],"language":"en","scope":{"in_scope":true,"score":0.9993041389001305,"threshold":0.5},"sentiment":0.0772,"response_ranking":[{"name":"faq/shop_locations","confidence":0.4745384348166152},{"name":"faq/opening_hours","confidence":0.2100895108254056},{"name":"faq/payment_methods","confidence":0.19281491020471633},{"name":"faq/warranty","confidence":0.05888586771848669},{"name":"faq/shipping_time","confidence":0.02581815999978816},{"name":"faq/shipping_cost","confidence":0.019383417601310224},{"name":"faq/return_policy","confidence":0.018469698833677786}]},"channel":"rest"}');
INSERT INTO events VALUES('landed-waiting',6,'action_executed',1795932250.3491208553,'{"timestamp":1795932250.3491209,"action":"action_human_handoff","policy":"RulePolicy","confidence":1.0,"because":"rule ''Get a person''"}');
INSERT INTO events VALUES('landed-waiting',7,'escalation_requested',1795932250.3491842747,'{"timestamp":1795932250.3491843,"reason":"asked_for_person","cause":5}');
INSERT INTO events VALUES('landed-waiting',8,'handoff_queued',1795932250.3491842747,'{"timestamp":1795932250.3491843,"handoff_id":"handoff_dBmD7LcLTGqwrJr9","queue":"general","language":"en","position":1,"expected_wait":10.0}');
INSERT INTO events VALUES('landed-waiting',9,'bot_uttered',1795932250.3491842747,'{"timestamp":1795932250.3491843,"text":"I am passing you on to a colleague. You are number 1 in the queue. The expected wait is less than a minute.","custom":{"handoff":{"id":"handoff_dBmD7LcLTGqwrJr9","state":"queued","queue":"general","position":1,"expected_wait":10}}}');
INSERT INTO events VALUES('landed-waiting',10,'action_executed',1795932250.3525342941,'{"timestamp":1795932250.3525343,"action":"action_listen","because":"the conversation waits for a person"}');
INSERT INTO events VALUES('landed-waiting',11,'handoff_offered',1795932250.3836889266,'{"timestamp":1795932250.383689,"handoff_id":"handoff_dBmD7LcLTGqwrJr9","agent_id":"agent_d4fdf6e0f967","expires_at":1795932270.383689}');
INSERT INTO events VALUES('landed-widget-session-key',1,'conversation_started',1795932249.6172716617,'{"timestamp":1795932249.6172717,"channel":"socketio","language":"en"}');
INSERT INTO events VALUES('landed-widget-session-key',2,'action_executed',1795932249.6477568149,'{"timestamp":1795932249.6477568,"action":"action_session_start","confidence":1.0}');
INSERT INTO events VALUES('landed-widget-session-key',3,'session_started',1795932249.6477568149,'{"timestamp":1795932249.6477568}');
INSERT INTO events VALUES('landed-widget-session-key',4,'action_executed',1795932249.6477568149,'{"timestamp":1795932249.6477568,"action":"action_listen"}');
INSERT INTO events VALUES('landed-widget-session-key',5,'user_uttered',1795932249.6196177005,'{"timestamp":1795932249.6196177,"message_id":"m1","text":"what are your opening hours?","parse":{"text":"what are your opening hours?","intent":{"name":"faq","confidence":0.9999893216923539},"intent_ranking":[{"name":"faq","confidence":0.9999893216923539},{"name":"goodbye","confidence":2.569313210187829e-6},{"name":"greet","confidence":1.8282322571394616e-6},{"name":"delivery_late","confidence":1.5398608184113982e-6},{"name":"product_availability","confidence":9.675153478383436e-7},{"name":"request_callback","confidence":5.785701091554074e-7},{"name":"voucher_problem","confidence":4.365893744306959e-7},{"name":"order_status","confidence":3.1333465244642866e-7},{"name":"affirm","confidence":2.840488662059215e-7},{"name":"inform","confidence":2.5538508907629875e-7}],"language":"en","scope":{"in_scope":true,"score":0.9998673129509494,"threshold":0.5},"sentiment":0.0,"response_key":"faq/opening_hours","response_ranking":[{"name":"faq/opening_hours","confidence":0.9996436290996812},{"name":"faq/shipping_time","confidence":0.00034298331133031146},{"name":"faq/return_policy","confidence":7.997746161822974e-6},{"name":"faq/shop_locations","confidence":4.307117769294471e-6},{"name":"faq/warranty","confidence":5.745590632195332e-7},{"name":"faq/payment_methods","confidence":3.021808519244969e-7},{"name":"faq/shipping_cost","confidence":2.0598514227529586e-7}]},"channel":"socketio"}');
INSERT INTO events VALUES('landed-widget-session-key',6,'action_executed',1795932249.6483724117,'{"timestamp":1795932249.6483724,"action":"utter_faq","policy":"RulePolicy","confidence":1.0,"because":"rule ''Answer a frequent question''"}');
INSERT INTO events VALUES('landed-widget-session-key',7,'bot_uttered',1795932249.6484088898,'{"timestamp":1795932249.648409,"text":"The shops are open Monday to Saturday from 10 to 19. People answer chat and phone on weekdays from 8 to 20 and Saturdays from 10 to 16, Oslo time; I never sleep.","response":"utter_faq/opening_hours"}');
INSERT INTO events VALUES('landed-widget-session-key',8,'action_executed',1795932249.6485443115,'{"timestamp":1795932249.6485443,"action":"action_listen","policy":"RulePolicy","confidence":1.0,"because":"rule ''Answer a frequent question''"}');
INSERT INTO events VALUES('landed-widget-session-key',9,'escalation_requested',1795932249.9970009327,'{"timestamp":1795932249.997001,"reason":"asked_for_person"}');
INSERT INTO events VALUES('landed-widget-session-key',10,'handoff_queued',1795932249.9970009327,'{"timestamp":1795932249.997001,"handoff_id":"handoff_-Wqo9ptKkZZf6xnH","queue":"general","language":"en","position":1,"expected_wait":10.0}');
INSERT INTO events VALUES('landed-widget-session-key',11,'bot_uttered',1795932249.9970009327,'{"timestamp":1795932249.997001,"text":"I am passing you on to a colleague. You are number 1 in the queue. The expected wait is less than a minute.","custom":{"handoff":{"id":"handoff_-Wqo9ptKkZZf6xnH","state":"queued","queue":"general","position":1,"expected_wait":10}}}');
INSERT INTO events VALUES('landed-widget-session-key',12,'handoff_offered',1795932250.0524647236,'{"timestamp":1795932250.0524647,"handoff_id":"handoff_-Wqo9ptKkZZf6xnH","agent_id":"agent_d4fdf6e0f967","expires_at":1795932270.0524647}');
INSERT INTO events VALUES('landed-widget-session-key',13,'handoff_accepted',1795932250.0578110218,'{"timestamp":1795932250.057811,"handoff_id":"handoff_-Wqo9ptKkZZf6xnH","agent_id":"agent_d4fdf6e0f967","agent_name":"Ada Berg"}');
INSERT INTO events VALUES('landed-widget-session-key',14,'agent_said',1795932250.0928285122,'{"timestamp":1795932250.0928285,"agent_id":"agent_d4fdf6e0f967","agent_name":"Ada Berg","message_id":"a1","text":"Hello, this is Ada."}');
INSERT INTO events VALUES('landed-widget-session-key',15,'note_written',1795932250.1201684474,'{"timestamp":1795932250.1201684,"agent_id":"agent_d4fdf6e0f967","agent_name":"Ada Berg","text":"A note."}');
CREATE TABLE handoffs (
	id VARCHAR(64) NOT NULL, 
	conversation_id VARCHAR(200) NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	queue VARCHAR(64) NOT NULL, 
	priority INTEGER NOT NULL, 
	queued_at FLOAT NOT NULL, 
	queued_sequence BIGINT NOT NULL, 
	agent_id VARCHAR(64), 
	data TEXT NOT NULL, 
	CONSTRAINT pk_handoffs PRIMARY KEY (id)
);
INSERT INTO handoffs VALUES('handoff_-Wqo9ptKkZZf6xnH','landed-widget-session-key','accepted','general',0,1795932249.9970009327,10,'agent_d4fdf6e0f967','{"id":"handoff_-Wqo9ptKkZZf6xnH","queue":"general","priority":0,"language":"en","skills":[],"state":"accepted","queued_at":1795932249.997001,"queued_sequence":10,"reason":"asked_for_person","cause":null,"detail":"","wanted_agent":null,"offered_to":null,"offer_expires_at":null,"declined_by":[],"agent_id":"agent_d4fdf6e0f967","agent_name":"Ada Berg","accepted_at":1795932250.057811,"ended_at":null,"disposition":null,"expected_wait":10.0,"transfers":0,"returns":0}');
INSERT INTO handoffs VALUES('handoff_ydQ-pg355wcn4CoN','landed-resolved','resolved','general',0,1795932250.198155403,8,'agent_d4fdf6e0f967','{"id":"handoff_ydQ-pg355wcn4CoN","queue":"general","priority":0,"language":"en","skills":[],"state":"resolved","queued_at":1795932250.1981554,"queued_sequence":8,"reason":"asked_for_person","cause":5,"detail":"","wanted_agent":null,"offered_to":null,"offer_expires_at":null,"declined_by":[],"agent_id":"agent_d4fdf6e0f967","agent_name":"Ada Berg","accepted_at":1795932250.233282,"ended_at":1795932250.262274,"disposition":"solved","expected_wait":10.0,"transfers":0,"returns":0}');
INSERT INTO handoffs VALUES('handoff_dBmD7LcLTGqwrJr9','landed-waiting','offered','general',0,1795932250.3491842747,8,NULL,'{"id":"handoff_dBmD7LcLTGqwrJr9","queue":"general","priority":0,"language":"en","skills":[],"state":"offered","queued_at":1795932250.3491843,"queued_sequence":8,"reason":"asked_for_person","cause":5,"detail":"","wanted_agent":null,"offered_to":"agent_d4fdf6e0f967","offer_expires_at":1795932270.383689,"declined_by":[],"agent_id":null,"agent_name":null,"accepted_at":null,"ended_at":null,"disposition":null,"expected_wait":10.0,"transfers":0,"returns":0}');
CREATE TABLE identity_guesses (
	subject VARCHAR(250) NOT NULL, 
	guess VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_identity_guesses PRIMARY KEY (subject, guess)
);
INSERT INTO identity_guesses VALUES('conversation:landed-locked','c24c95e727688cc99a850d832bc7db3e560b87702015ddb7363874dec609f77d',1795932249.2351446151);
INSERT INTO identity_guesses VALUES('order:88120','9b3aa31584dc9c6a287a465a594657cfbf7c19451f3842b61032221124e7c960',1795932249.2351446151);
INSERT INTO identity_guesses VALUES('conversation:landed-locked','ee809f4d6eae759928a68c9ee5478c7d850741ec47ae2a62ad606830cdf371d5',1795932249.3177819252);
INSERT INTO identity_guesses VALUES('order:88120','d3467ee9acd381c242a532beaaa7c54b2d7270f92142a8c35e2bc5aa8b2b94fd',1795932249.3177819252);
INSERT INTO identity_guesses VALUES('conversation:landed-locked','91b7c5b15cc507711114a8ed380b1bbfa0a5307288eacac6aed4793bb33ac6cf',1795932249.4012246131);
INSERT INTO identity_guesses VALUES('order:88120','475f560ffdb48494fee54226d0cdc25856705fca3a9594d89e781e76df855005',1795932249.4012246131);
INSERT INTO identity_guesses VALUES('conversation:landed-locked','ea32f1e35f5e3bff8ce8aa05ccaa4ecb8cd2177558710187446c0b1d87a5d7e5',1795932249.5694682598);
INSERT INTO identity_guesses VALUES('order:88120','83a079c162bacfa7e95b3502cc1e77bf25fa579c10cc6ad41fc076fc5b433331',1795932249.5694682598);
INSERT INTO identity_guesses VALUES('conversation:landed-locked','d5e2ab65308cfd7fb4735882082ec8ab80f7df6a2ae2b0b11e74db142f34b58d',1795932249.582443714);
INSERT INTO identity_guesses VALUES('order:88120','965fb575da0703e237dbeb1dfd305da70695f3e9a3f04d824b185c41beb5cffc',1795932249.582443714);
CREATE TABLE one_time_codes (
	id INTEGER NOT NULL, 
	conversation_id VARCHAR(200) NOT NULL, 
	email VARCHAR(320) NOT NULL, 
	salt VARCHAR(64) NOT NULL, 
	hash VARCHAR(128) NOT NULL, 
	created_at FLOAT NOT NULL, 
	expires_at FLOAT NOT NULL, 
	tries INTEGER NOT NULL, 
	used BOOLEAN NOT NULL, 
	CONSTRAINT pk_one_time_codes PRIMARY KEY (id)
);
CREATE TABLE products (
	sku VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	price INTEGER NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	stock INTEGER NOT NULL, 
	restock_on DATE, 
	warranty_months INTEGER NOT NULL, 
	facts JSON NOT NULL, 
	CONSTRAINT pk_products PRIMARY KEY (sku), 
	CONSTRAINT uq_products_name UNIQUE (name)
);
INSERT INTO products VALUES('FL-101','Aurora desk lamp',7990,'EUR',42,NULL,24,'{"light": "It gives 800 lumens, dimmable from warm white (2,700 K) to daylight (6,500 K).", "power": "It takes 12 watts and comes with its own adapter.", "size": "It is 45 cm high and the arm reaches 38 cm."}');
INSERT INTO products VALUES('FL-102','Fjord headphones',14900,'EUR',18,NULL,24,'{"battery": "The battery lasts about 35 hours, 28 with noise cancelling on.", "connection": "They connect by Bluetooth 5.3 to two devices at once, or by the cable in the box.", "waterproof": "They are sweat-proof (IPX4), but not for swimming."}');
INSERT INTO products VALUES('FL-103','Nimbus kettle',5900,'EUR',63,NULL,24,'{"size": "It holds 1.7 litres.", "power": "At 2,200 watts a full kettle boils in about five minutes.", "material": "The inside is steel; no water touches plastic."}');
INSERT INTO products VALUES('FL-104','Trail 40 backpack',12900,'EUR',0,'2026-12-08',60,'{"size": "It holds 40 litres and fits backs from 43 to 53 cm.", "weight": "It weighs 1.2 kg.", "waterproof": "It keeps rain out for a while and has a rain cover in the bottom pocket."}');
INSERT INTO products VALUES('FL-105','Lumen smart bulb',1990,'EUR',210,NULL,24,'{"connection": "It works over Wi-Fi (2.4 GHz) or Matter, without a hub.", "light": "It gives 806 lumens in white and any colour; the socket is E27."}');
INSERT INTO products VALUES('FL-106','Drift robot vacuum',34900,'EUR',7,NULL,24,'{"battery": "It cleans for about 120 minutes on one charge, then goes home by itself.", "connection": "It needs 2.4 GHz Wi-Fi for the app; the button on top works without.", "size": "It is 9.5 cm high, so it goes under most sofas."}');
INSERT INTO products VALUES('FL-107','Polar down jacket',22900,'EUR',25,NULL,24,'{"size": "It comes in XS to XXL and fits true to size.", "weight": "A medium weighs 480 g.", "washing": "Wash it at 30 degrees with down detergent and tumble-dry it low."}');
INSERT INTO products VALUES('FL-108','Echo Bay speaker',9900,'EUR',31,NULL,24,'{"battery": "It plays for about 18 hours.", "waterproof": "It is waterproof (IP67): it survives half an hour under a metre of water.", "connection": "It uses Bluetooth 5.2, and two of them make a stereo pair."}');
INSERT INTO products VALUES('FL-109','Tern e-reader',15900,'EUR',12,NULL,24,'{"battery": "It lasts about six weeks on one charge.", "size": "The screen is 7 inches at 300 dots per inch.", "waterproof": "It survives a bath (IPX8).", "formats": "It reads EPUB, PDF and plain text, and keeps 16 GB of them."}');
INSERT INTO products VALUES('FL-110','Summit tent',29900,'EUR',0,NULL,60,'{"size": "It sleeps two and packs to 46 by 15 cm.", "weight": "It weighs 1.9 kg with all its pegs.", "waterproof": "The flysheet holds a 3,000 mm column of water."}');
INSERT INTO products VALUES('FL-111','Volt charger',2490,'EUR',150,NULL,24,'{"power": "It gives 65 watts over two USB-C ports, enough for most laptops."}');
INSERT INTO products VALUES('FL-112','Skerry router',11900,'EUR',22,NULL,24,'{"connection": "It is Wi-Fi 6, two bands, with four network sockets.", "range": "One covers a flat of about 120 square metres."}');
CREATE TABLE sign_in_failures (
	id INTEGER NOT NULL, 
	login VARCHAR(64) NOT NULL, 
	address VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	CONSTRAINT pk_sign_in_failures PRIMARY KEY (id)
);
CREATE TABLE tickets (
	number INTEGER NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	text TEXT NOT NULL, 
	created_at FLOAT NOT NULL, 
	customer_id VARCHAR(40), 
	conversation_id VARCHAR(200), 
	order_number VARCHAR(20), 
	priority INTEGER NOT NULL, 
	details JSON NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_tickets PRIMARY KEY (number), 
	CONSTRAINT uq_tickets_key UNIQUE ("key")
);
INSERT INTO tickets VALUES(1,'landed-message:68172fd877e12870fd77542ffce72889','message','Please ring me about my lamp, +4722334455',1795932249.0783040523,NULL,'landed-message',NULL,0,'{"queue": "general", "language": "en", "contact": null}','open');
INSERT INTO tickets VALUES(2,'landed-locked:995a339a06091309372bc3b36d228903','message','9030',1795932249.4902348518,NULL,'landed-locked','88120',0,'{"queue": "general", "language": "en", "contact": null}','open');
CREATE TABLE waiting_customers (
	conversation_id VARCHAR(200) NOT NULL, 
	seen_at FLOAT NOT NULL, 
	CONSTRAINT pk_waiting_customers PRIMARY KEY (conversation_id)
);
INSERT INTO waiting_customers VALUES('landed-widget-session-key',1795932250.0439784527);
INSERT INTO waiting_customers VALUES('landed-resolved',1795932250.204704523);
INSERT INTO waiting_customers VALUES('landed-waiting',1795932250.3554918765);
INSERT INTO waiting_customers VALUES('call-xxxxxxxxxxxxxxxxxxxxxxxxxxx',1795932250.3803346156);
CREATE TABLE webhooks (
	id VARCHAR(64) NOT NULL, 
	url TEXT NOT NULL, 
	events TEXT NOT NULL, 
	secret VARCHAR(100) NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_webhooks PRIMARY KEY (id)
);
CREATE TABLE agent_presence_log (
	id INTEGER NOT NULL, 
	agent_id VARCHAR(64) NOT NULL, 
	at FLOAT NOT NULL, 
	presence VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_agent_presence_log PRIMARY KEY (id), 
	CONSTRAINT fk_agent_presence_log_agent_id_agents FOREIGN KEY(agent_id) REFERENCES agents (id)
);
INSERT INTO agent_presence_log VALUES(1,'agent_d4fdf6e0f967',1795932249.975729227,'available');
CREATE TABLE agent_sessions (
	token_hash VARCHAR(64) NOT NULL, 
	agent_id VARCHAR(64) NOT NULL, 
	expires_at FLOAT NOT NULL, 
	CONSTRAINT pk_agent_sessions PRIMARY KEY (token_hash), 
	CONSTRAINT fk_agent_sessions_agent_id_agents FOREIGN KEY(agent_id) REFERENCES agents (id)
);
INSERT INTO agent_sessions VALUES('20eccd4d3d0be4bec9b60798a6e283a0eaa6fad68c165c71ea3dd77f19e92ecf','agent_d4fdf6e0f967',1795975449.7378745078);
CREATE TABLE orders (
	number VARCHAR(20) NOT NULL, 
	customer_id VARCHAR(40) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	placed_at FLOAT NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	total INTEGER NOT NULL, 
	payment VARCHAR(40) NOT NULL, 
	carrier VARCHAR(60), 
	tracking VARCHAR(60), 
	shipped_at FLOAT, 
	expected_on DATE, 
	delivered_at FLOAT, 
	delay_reason TEXT, 
	refund INTEGER, 
	refunded_at FLOAT, 
	cancelled_at FLOAT, 
	street VARCHAR(200) NOT NULL, 
	postcode VARCHAR(20) NOT NULL, 
	city VARCHAR(100) NOT NULL, 
	country VARCHAR(2) NOT NULL, 
	CONSTRAINT pk_orders PRIMARY KEY (number), 
	CONSTRAINT fk_orders_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id)
);
INSERT INTO orders VALUES('48213','C-1001','shipped',1795586641.9240944385,'EUR',11970,'card','Posten','FL48213NO',1795759441.9240944385,'2026-11-30',NULL,NULL,NULL,NULL,NULL,'Storgata 12','0150','Oslo','NO');
INSERT INTO orders VALUES('51377','C-1002','delivered',1795241041.9240944385,'EUR',17390,'paypal','CTT','FL51377PT',1795413841.9240944385,'2026-11-26',1795673041.9240944385,NULL,NULL,NULL,NULL,'Rua do Sol 8','1000-205','Lisboa','PT');
INSERT INTO orders VALUES('60042','C-1003','packing',1795889041.9240944385,'EUR',11870,'card','Colissimo',NULL,NULL,'2026-12-04',NULL,NULL,NULL,NULL,NULL,'12 rue du Nord','75011','Paris','FR');
INSERT INTO orders VALUES('73905','C-1004','delayed',1795154641.9240944386,'EUR',34900,'card','Omniva','FL73905LV',1795327441.9240944385,'2026-12-02',NULL,'It is waiting for customs papers; the carrier has them now.',NULL,NULL,NULL,'Brīvības iela 40','LV-1010','Rīga','LV');
INSERT INTO orders VALUES('88120','C-1005','refunded',1793340241.9240944384,'EUR',15900,'card','Tipax','FL88120IR',1793599441.9240944385,'2026-11-09',1794204241.9240944385,NULL,15900,1795759441.9240944385,NULL,'Golestan Street 15','1193653471','Tehran','IR');
INSERT INTO orders VALUES('48100','C-1001','delivered',1790748241.9240944386,'EUR',22900,'card','Posten','FL48100NO',1790921041.9240944385,'2026-10-05',1791180241.9240944385,NULL,NULL,NULL,NULL,'Storgata 12','0150','Oslo','NO');
INSERT INTO orders VALUES('52010','C-1002','shipped',1795673041.9240944385,'EUR',9900,'card','CTT','FL52010PT',1795845841.9240944385,'2026-12-01',NULL,NULL,NULL,NULL,NULL,'Rua do Sol 8','1000-205','Lisboa','PT');
INSERT INTO orders VALUES('60050','C-1003','delivered',1794204241.9240944385,'EUR',11900,'card','Colissimo','FL60050FR',1794377041.9240944385,'2026-11-14',1794636241.9240944385,NULL,NULL,NULL,NULL,'12 rue du Nord','75011','Paris','FR');
INSERT INTO orders VALUES('73001','C-1004','delivered',1793772241.9240944385,'EUR',4980,'card','Omniva','FL73001LV',1793945041.9240944385,'2026-11-08',1794117841.9240944385,NULL,NULL,NULL,NULL,'Brīvības iela 40','LV-1010','Rīga','LV');
INSERT INTO orders VALUES('61230','C-1006','packing',1795906321.9240944385,'EUR',42890,'card','Posten',NULL,NULL,'2026-12-03',NULL,NULL,NULL,NULL,NULL,'Parkveien 3','0350','Oslo','NO');
INSERT INTO orders VALUES('61231','C-1006','delivered',1794722641.9240944386,'EUR',15900,'invoice','Posten','FL61231NO',1794895441.9240944385,'2026-11-19',1795068241.9240944385,NULL,NULL,NULL,NULL,'Parkveien 3','0350','Oslo','NO');
INSERT INTO orders VALUES('62410','C-1007','shipped',1795500241.9240944385,'EUR',22900,'card','CTT','FL62410PT',1795673041.9240944385,'2026-11-29',NULL,NULL,NULL,NULL,NULL,'Avenida Central 77','1100-148','Lisboa','PT');
INSERT INTO orders VALUES('62999','C-1007','cancelled',1794895441.9240944385,'EUR',29900,'paypal',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1794981841.9240944384,'Avenida Central 77','1100-148','Lisboa','PT');
INSERT INTO orders VALUES('63555','C-1008','delivered',1795327441.9240944385,'EUR',14900,'card','Colissimo','FL63555FR',1795500241.9240944385,'2026-11-27',1795759441.9240944385,NULL,NULL,NULL,NULL,'5 place du Marché','69002','Lyon','FR');
INSERT INTO orders VALUES('64120','C-1009','shipped',1795759441.9240944385,'EUR',8390,'card','Omniva','FL64120LV',1795845841.9240944385,'2026-12-02',NULL,NULL,NULL,NULL,NULL,'Jūras iela 9','LV-3401','Liepāja','LV');
INSERT INTO orders VALUES('65380','C-1010','delivered',1792044241.9240944385,'EUR',19800,'card','DHL','FL65380DE',1792217041.9240944384,'2026-10-20',1792476241.9240944385,NULL,NULL,NULL,NULL,'Lindenstraße 21','10969','Berlin','DE');
INSERT INTO orders VALUES('65381','C-1010','packing',1795914961.9240944385,'EUR',11900,'invoice','DHL',NULL,NULL,'2026-12-05',NULL,NULL,NULL,NULL,NULL,'Lindenstraße 21','10969','Berlin','DE');
INSERT INTO orders VALUES('66700','C-1011','delayed',1795241041.9240944385,'EUR',7960,'card','Correos','FL66700ES',1795413841.9240944385,'2026-12-01',NULL,'The carrier is behind after a strike.',NULL,NULL,NULL,'Calle Mayor 4','28013','Madrid','ES');
INSERT INTO orders VALUES('67890','C-1012','delivered',1795068241.9240944385,'EUR',13890,'card','An Post','FL67890IE',1795241041.9240944385,'2026-11-24',1795500241.9240944385,NULL,NULL,NULL,NULL,'18 Quay Road','D02 X285','Dublin','IE');
INSERT INTO orders VALUES('67999','C-1012','refunded',1792476241.9240944385,'EUR',9900,'paypal','An Post','FL67999IE',1792649041.9240944385,'2026-10-25',1792908241.9240944385,NULL,9900,1794895441.9240944385,NULL,'18 Quay Road','D02 X285','Dublin','IE');
CREATE TABLE webhook_outbox (
	id VARCHAR(64) NOT NULL, 
	hook_id VARCHAR(64) NOT NULL, 
	conversation_id VARCHAR(200) NOT NULL, 
	sequence INTEGER NOT NULL, 
	type VARCHAR(40) NOT NULL, 
	body TEXT NOT NULL, 
	timestamp FLOAT NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_attempt_at FLOAT, 
	delivered_at FLOAT, 
	CONSTRAINT pk_webhook_outbox PRIMARY KEY (id), 
	CONSTRAINT fk_webhook_outbox_hook_id_webhooks FOREIGN KEY(hook_id) REFERENCES webhooks (id) ON DELETE CASCADE, 
	CONSTRAINT uq_webhook_outbox_hook_id_conversation_id_sequence UNIQUE (hook_id, conversation_id, sequence)
);
CREATE TABLE order_items (
	order_number VARCHAR(20) NOT NULL, 
	sku VARCHAR(40) NOT NULL, 
	line INTEGER NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	quantity INTEGER NOT NULL, 
	price INTEGER NOT NULL, 
	CONSTRAINT pk_order_items PRIMARY KEY (order_number, sku), 
	CONSTRAINT fk_order_items_order_number_orders FOREIGN KEY(order_number) REFERENCES orders (number)
);
INSERT INTO order_items VALUES('48213','FL-101',0,'Aurora desk lamp',1,7990);
INSERT INTO order_items VALUES('48213','FL-105',1,'Lumen smart bulb',2,1990);
INSERT INTO order_items VALUES('51377','FL-102',0,'Fjord headphones',1,14900);
INSERT INTO order_items VALUES('51377','FL-111',1,'Volt charger',1,2490);
INSERT INTO order_items VALUES('60042','FL-103',0,'Nimbus kettle',1,5900);
INSERT INTO order_items VALUES('60042','FL-105',1,'Lumen smart bulb',3,1990);
INSERT INTO order_items VALUES('73905','FL-106',0,'Drift robot vacuum',1,34900);
INSERT INTO order_items VALUES('88120','FL-109',0,'Tern e-reader',1,15900);
INSERT INTO order_items VALUES('48100','FL-107',0,'Polar down jacket',1,22900);
INSERT INTO order_items VALUES('52010','FL-108',0,'Echo Bay speaker',1,9900);
INSERT INTO order_items VALUES('60050','FL-112',0,'Skerry router',1,11900);
INSERT INTO order_items VALUES('73001','FL-111',0,'Volt charger',2,2490);
INSERT INTO order_items VALUES('61230','FL-106',0,'Drift robot vacuum',1,34900);
INSERT INTO order_items VALUES('61230','FL-101',1,'Aurora desk lamp',1,7990);
INSERT INTO order_items VALUES('61231','FL-109',0,'Tern e-reader',1,15900);
INSERT INTO order_items VALUES('62410','FL-107',0,'Polar down jacket',1,22900);
INSERT INTO order_items VALUES('62999','FL-110',0,'Summit tent',1,29900);
INSERT INTO order_items VALUES('63555','FL-102',0,'Fjord headphones',1,14900);
INSERT INTO order_items VALUES('64120','FL-103',0,'Nimbus kettle',1,5900);
INSERT INTO order_items VALUES('64120','FL-111',1,'Volt charger',1,2490);
INSERT INTO order_items VALUES('65380','FL-108',0,'Echo Bay speaker',2,9900);
INSERT INTO order_items VALUES('65381','FL-112',0,'Skerry router',1,11900);
INSERT INTO order_items VALUES('66700','FL-105',0,'Lumen smart bulb',4,1990);
INSERT INTO order_items VALUES('67890','FL-101',0,'Aurora desk lamp',1,7990);
INSERT INTO order_items VALUES('67890','FL-103',1,'Nimbus kettle',1,5900);
INSERT INTO order_items VALUES('67999','FL-108',0,'Echo Bay speaker',1,9900);
CREATE TABLE returns (
	number INTEGER NOT NULL, 
	"key" VARCHAR(200) NOT NULL, 
	order_number VARCHAR(20) NOT NULL, 
	customer_id VARCHAR(40) NOT NULL, 
	sku VARCHAR(40) NOT NULL, 
	item_name VARCHAR(200) NOT NULL, 
	reason TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	amount INTEGER NOT NULL, 
	currency VARCHAR(3) NOT NULL, 
	created_at FLOAT NOT NULL, 
	CONSTRAINT pk_returns PRIMARY KEY (number), 
	CONSTRAINT fk_returns_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id), 
	CONSTRAINT fk_returns_order_number_orders FOREIGN KEY(order_number) REFERENCES orders (number), 
	CONSTRAINT uq_returns_key UNIQUE ("key")
);
CREATE INDEX ix_conversations_customer_id ON conversations (customer_id);
CREATE INDEX ix_conversations_holder_updated_at ON conversations (holder, updated_at);
CREATE INDEX ix_conversations_unanswered ON conversations (unanswered) WHERE unanswered IS NOT NULL;
CREATE INDEX ix_conversations_updated_at ON conversations (updated_at);
CREATE INDEX ix_customers_email ON customers (email);
CREATE INDEX ix_events_type_timestamp ON events (type, timestamp);
CREATE INDEX ix_handoffs_agent_id ON handoffs (agent_id);
CREATE INDEX ix_handoffs_conversation_id ON handoffs (conversation_id);
CREATE INDEX ix_handoffs_state_priority_queued_at ON handoffs (state, priority, queued_at);
CREATE INDEX ix_one_time_codes_conversation_id ON one_time_codes (conversation_id);
CREATE INDEX ix_one_time_codes_email ON one_time_codes (email);
CREATE INDEX ix_sign_in_failures_address ON sign_in_failures (address);
CREATE INDEX ix_sign_in_failures_at ON sign_in_failures (at);
CREATE INDEX ix_tickets_conversation_id ON tickets (conversation_id);
CREATE INDEX ix_tickets_customer_id ON tickets (customer_id);
CREATE INDEX ix_tickets_kind ON tickets (kind);
CREATE INDEX ix_waiting_customers_seen_at ON waiting_customers (seen_at);
CREATE INDEX ix_agent_presence_log_agent_id_at ON agent_presence_log (agent_id, at);
CREATE INDEX ix_agent_sessions_agent_id ON agent_sessions (agent_id);
CREATE INDEX ix_agent_sessions_expires_at ON agent_sessions (expires_at);
CREATE INDEX ix_orders_customer_id ON orders (customer_id);
CREATE INDEX ix_webhook_outbox_hook_id_timestamp ON webhook_outbox (hook_id, timestamp);
CREATE INDEX ix_webhook_outbox_next_attempt_at ON webhook_outbox (next_attempt_at);
CREATE INDEX ix_webhook_outbox_timestamp ON webhook_outbox (timestamp);
CREATE INDEX ix_returns_customer_id ON returns (customer_id);
CREATE INDEX ix_returns_order_number ON returns (order_number);
COMMIT;
